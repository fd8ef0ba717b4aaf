// Does with slack-go what every client here does, but for streams, which its releases up to 0.16 lack: see ../README.md.
package main

import (
	"encoding/json"
	"log"
	"os"

	"github.com/slack-go/slack"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	client := slack.New(os.Getenv("SLACK_BOT_TOKEN"), slack.OptionAPIURL(os.Getenv("SLACK_API_URL")))
	channel, ts, err := client.PostMessage("#general", slack.MsgOptionText("first", false))
	must(err)
	_, reply, err := client.PostMessage(channel, slack.MsgOptionText("reply", false), slack.MsgOptionTS(ts))
	must(err)
	_, _, _, err = client.UpdateMessage(channel, ts, slack.MsgOptionText("changed", false))
	must(err)
	must(client.AddReaction("tada", slack.NewRefToMessage(channel, ts)))
	_, _, err = client.DeleteMessage(channel, reply)
	must(err)
	_, err = client.UploadFileV2(slack.UploadFileV2Parameters{
		Channel: channel, ThreadTimestamp: ts, Filename: "a.txt", Content: "hello", FileSize: 5,
	})
	must(err)
	history, err := client.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: channel})
	must(err)
	texts := []string{}
	for _, message := range history.Messages {
		texts = append(texts, message.Text)
	}
	must(json.NewEncoder(os.Stdout).Encode(texts))
}
