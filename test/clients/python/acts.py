"""Does with slack_sdk what every client here does: see ../README.md. python3 acts.py sync|async"""

import asyncio
import inspect
import json
import os
import sys

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.client import WebClient

RECIPIENT = {"recipient_team_id": "T0TIMERTEAM", "recipient_user_id": "U0ALICE"}
client_class = {"sync": WebClient, "async": AsyncWebClient}[sys.argv[1]]
client = client_class(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])


async def done(call):
    return await call if inspect.isawaitable(call) else call


async def main():
    parent = await done(client.chat_postMessage(channel="#general", text="first"))
    channel, ts = parent["channel"], parent["ts"]
    reply = await done(client.chat_postMessage(channel=channel, text="reply", thread_ts=ts))
    await done(client.chat_update(channel=channel, ts=ts, text="changed"))
    await done(client.reactions_add(channel=channel, timestamp=ts, name="tada"))
    await done(client.chat_delete(channel=channel, ts=reply["ts"]))
    await done(client.files_upload_v2(channel=channel, thread_ts=ts, filename="a.txt", content="hello"))
    if hasattr(client, "chat_stream"):
        stream = await done(client.chat_stream(channel=channel, thread_ts=ts, **RECIPIENT))
        await done(stream.append(markdown_text="one "))
        await done(stream.stop(markdown_text="two"))
    else:
        # Older versions call it by its name.
        begin = {"channel": channel, "thread_ts": ts, "markdown_text": "one ", **RECIPIENT}
        stream = await done(client.api_call("chat.startStream", params=begin))
        end = {"channel": channel, "ts": stream["ts"], "markdown_text": "two"}
        await done(client.api_call("chat.stopStream", params=end))
    history = await done(client.conversations_history(channel=channel))
    print(json.dumps([message["text"] for message in history["messages"]]))


asyncio.run(main())
