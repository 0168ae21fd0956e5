// The Go binding against crypto/sha1: what a page is answered, with nonce and timestamp. Prints
// JSON.
package main

import (
	"context"
	"encoding/json"
	"os"
	"time"

	"github.com/wxsign/wxsign/bindings/go"
)

const (
	ticket    = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
	nonce     = "abcdefghijklmnopqrstuvwxyz234567"
	timestamp = 1414587457
)

var (
	// A variable, so that the compiler does not know it.
	url    = "https://example.com/shop/item?id=1000&from=timeline&isappinstalled=0"
	client *wxsign.Client
	made   wxsign.Config
)

// Here the client does more than the others: it checks the URL and its host, and keeps the ticket
// alive.
func oursConfig() {
	config, err := client.Config(context.Background(), url)
	if err != nil {
		panic(err)
	}
	made = config
}

func configWith(nonce func() string, sign func(string, int64) string) func() {
	return func() {
		made.NonceStr = nonce()
		made.Timestamp = time.Now().Unix()
		made.Signature = sign(made.NonceStr, made.Timestamp)
	}
}

func ours(nonce string, timestamp int64) string {
	signature, err := wxsign.Sign(ticket, nonce, timestamp, url)
	if err != nil {
		panic(err)
	}
	return signature
}

func main() {
	var err error
	client, err = wxsign.New(
		wxsign.WithAppID("wx5823bf96d3bd56c7"), wxsign.WithAppSecret("0123456789abcdef0123456789abcdef"),
		wxsign.WithBaseURL(os.Getenv("BENCH_SANDBOX")), wxsign.WithMemoryStore(),
		wxsign.WithAllowedHosts("example.com"),
	)
	if err != nil {
		panic(err)
	}
	defer client.Close()

	// Only right signatures are measured.
	if right := ours(nonce, timestamp); signTuned(nonce, timestamp) != right || signTypical(nonce, timestamp) != right {
		panic("not the same signature")
	}
	groups := map[string]map[string][]float64{
		"go.config": measure([]contender{
			{"Client.Config", oursConfig},
			{"crypto/sha1, tuned", configWith(nonceTuned, signTuned)},
			{"crypto/sha1, typical program", configWith(nonceTypical, signTypical)},
		}),
	}
	if err := json.NewEncoder(os.Stdout).Encode(map[string]any{"groups": groups}); err != nil {
		panic(err)
	}
}
