"""Posts by Apprise, whose address of Slack can only be changed in its class: python3 apprise_post.py"""

import os
from urllib.parse import urlsplit

import apprise

try:
    from apprise.plugins.NotifySlack import NotifySlack
except ImportError:
    from apprise.plugins.slack import NotifySlack

base = os.environ["SLACK_API_URL"]
NotifySlack.api_url = base + "{}"
NotifySlack.webhook_url = "{0.scheme}://{0.netloc}/services".format(urlsplit(base))

by_webhook = apprise.Apprise()
by_webhook.add("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general")
by_bot = apprise.Apprise()
by_bot.add("slack://xoxb-1234-1234-abc124/#general?image=no")
print(by_webhook.notify(title="Tea", body="is *ready*"), by_bot.notify(title="Tea", body="is <ready>"))
