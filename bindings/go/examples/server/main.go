// Server is a net/http server for pages: GET /wx/config?url=<encodeURIComponent(location.href)>
// answers with the argument of wx.config as JSON. Run it behind a web server that terminates TLS.
//
//	WX_APP_ID=wx… WX_APP_SECRET=… WX_ALLOWED_HOST=example.com go run ./examples/server 127.0.0.1:3000
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/wxsign/wxsign/bindings/go"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	options := []wxsign.Option{
		wxsign.WithAppID(os.Getenv("WX_APP_ID")),
		wxsign.WithAppSecret(os.Getenv("WX_APP_SECRET")),
		wxsign.WithAllowedHosts(os.Getenv("WX_ALLOWED_HOST")),
		wxsign.WithLogger(slog.Default()),
	}
	if url := os.Getenv("WX_BASE_URL"); url != "" {
		options = append(options, wxsign.WithBaseURL(url))
	}
	client, err := wxsign.New(options...)
	if err != nil {
		return err
	}
	defer client.Close()

	mux := http.NewServeMux()
	mux.Handle("/wx/config", wxsign.Handler(client, wxsign.WithJSAPIList("updateAppMessageShareData")))
	// A call waits for a ticket at most ten seconds. The server allows a little more.
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 15 * time.Second}

	address := "127.0.0.1:0"
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err = <-ended:
	case <-ctx.Done():
		// Lets requests that are under way end.
		patience, cancel := context.WithTimeout(context.Background(), 15*time.Second)
		defer cancel()
		err = server.Shutdown(patience)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
