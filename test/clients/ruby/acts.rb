# Does with slack-ruby-client what every client here does: see ../README.md.
require 'json'
require 'slack-ruby-client'

client = Slack::Web::Client.new(
  token: ENV.fetch('SLACK_BOT_TOKEN'), endpoint: ENV.fetch('SLACK_API_URL'), logger: Logger.new(nil)
)
parent = client.chat_postMessage(channel: '#general', text: 'first')
channel = parent.channel
ts = parent.ts
reply = client.chat_postMessage(channel:, text: 'reply', thread_ts: ts)
client.chat_update(channel:, ts:, text: 'changed')
client.reactions_add(channel:, timestamp: ts, name: 'tada')
client.chat_delete(channel:, ts: reply.ts)
client.files_upload_v2(channel:, thread_ts: ts, filename: 'a.txt', content: 'hello')
recipient = { recipient_team_id: 'T0TIMERTEAM', recipient_user_id: 'U0ALICE' }
stream = client.chat_startStream(channel:, thread_ts: ts, markdown_text: 'one ', **recipient)
client.chat_stopStream(channel:, ts: stream.ts, markdown_text: 'two')
messages = client.conversations_history(channel:).messages
puts JSON.generate(messages.map(&:text))
