// Command go-client URL TEXT BYTES holds the conversation of ../clients.ts on github.com/coder/websocket.
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/coder/websocket"
)

func main() {
	if err := talk(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func talk(url, text, size string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
	defer cancel()
	socket, _, err := websocket.Dial(ctx, url, nil)
	if err != nil {
		return err
	}
	defer socket.CloseNow()
	socket.SetReadLimit(-1)
	if err := socket.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
		return err
	}
	_, said, err := socket.Read(ctx)
	if err != nil {
		return err
	}
	var heard struct {
		Text string `json:"text"`
	}
	if err := json.Unmarshal(said, &heard); err != nil {
		return err
	}
	count, err := strconv.Atoi(size)
	if err != nil {
		return err
	}
	sent := make([]byte, count)
	if _, err := rand.Read(sent); err != nil {
		return err
	}
	type answer struct {
		data []byte
		err  error
	}
	answered := make(chan answer, 1)
	// A pong is only seen by who reads.
	go func() {
		_, data, err := socket.Read(ctx)
		answered <- answer{data, err}
	}()
	if err := socket.Ping(ctx); err != nil {
		return err
	}
	if err := socket.Write(ctx, websocket.MessageBinary, sent); err != nil {
		return err
	}
	received := <-answered
	if received.err != nil {
		return received.err
	}
	closed := 0
	if err := socket.Close(websocket.StatusNormalClosure, ""); err == nil {
		closed = int(websocket.StatusNormalClosure)
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"heard": heard.Text, "pong": true, "same": bytes.Equal(received.data, sent), "closeCode": closed,
	})
}
