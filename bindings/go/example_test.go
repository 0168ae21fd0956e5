// The examples of the documentation. Those with an output run.

//go:build cgo

package wxsign_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"os"

	"github.com/wxsign/wxsign/bindings/go"
)

func ExampleSign() {
	signature, err := wxsign.Sign(
		"sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg",
		"Wm3WZYTPz0wzccnW",
		1414587457,
		"http://mp.weixin.qq.com?params=value",
	)
	fmt.Println(signature, err)
	// Output: 0f9de62fce790f9a083d5c99e95740ceb90c27ed <nil>
}

func ExampleClient_Config() {
	client, err := wxsign.New(
		wxsign.WithAppID(os.Getenv("WX_APP_ID")),
		wxsign.WithAppSecret(os.Getenv("WX_APP_SECRET")),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	config, err := client.Config(context.Background(), "https://example.com/page?from=timeline")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(config.AppID, config.Timestamp, config.NonceStr, config.Signature)
}

func ExampleHandler() {
	client, err := wxsign.New(
		wxsign.WithAppID(os.Getenv("WX_APP_ID")),
		wxsign.WithAppSecret(os.Getenv("WX_APP_SECRET")),
		wxsign.WithAllowedHosts("example.com", "*.example.com"),
		wxsign.WithLogger(slog.Default()),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	// The page fetches /wx/config?url= + encodeURIComponent(location.href.split('#')[0]).
	http.Handle("/wx/config", wxsign.Handler(client, wxsign.WithJSAPIList("updateAppMessageShareData")))
	log.Fatal(http.ListenAndServe("127.0.0.1:3000", nil))
}

func ExampleError() {
	_, err := wxsign.New(wxsign.WithAppID("wx5823bf96d3bd56c7"))
	if errors.Is(err, wxsign.ErrInvalidArgument) {
		fmt.Println("the options are wrong")
	}
	var e *wxsign.Error
	if errors.As(err, &e) {
		fmt.Println(e.Code)
		fmt.Println(e.Hint)
	}
	// Output:
	// the options are wrong
	// INVALID_ARGUMENT
	// Correct the option WithAppSecret as the message says.
}
