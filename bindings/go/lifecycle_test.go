// The behaviours of every binding about a client's life: closing it, its state, and its events.

package wxsign_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wxsign/wxsign/bindings/go"
)

func closing(t *testing.T) {
	s := startSandbox(t)
	s.fault("any", "hang", nil)
	client := s.client()
	outcomes := make(chan error, 3)
	for _, call := range []func() error{
		func() error { _, err := client.Config(t.Context(), page); return err },
		func() error { _, err := client.Ticket(t.Context()); return err },
		func() error { _, err := client.AccessToken(t.Context()); return err },
	} {
		go func() { outcomes <- call() }()
	}
	waitUntil(t, "a request", func() bool { return s.counts().InFlight > 0 })
	// The last of the three may only be about to wait: it fails with the same code.
	begun := time.Now()
	for range 2 {
		if err := client.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		failsWith(t, wxsign.ErrClosed, <-outcomes)
	}
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("took %s", took)
	}
	for _, err := range callsOn(t, client) {
		failsWith(t, wxsign.ErrClosed, err)
	}
	if state := must[wxsign.State](t)(client.State()); !state.Closed || state.AppID != appID {
		t.Errorf("%+v", state)
	}
	s.post("clear", nil)

	fresh := startSandbox(t)
	client = fresh.client()
	must[wxsign.Config](t)(client.Config(t.Context(), page))
	must[struct{}](t)(struct{}{}, client.Close())
	for _, err := range callsOn(t, client) {
		failsWith(t, wxsign.ErrClosed, err)
	}
}

// callsOn makes every call that a closed client refuses.
func callsOn(t *testing.T, client *wxsign.Client) []error {
	var all [10]error
	_, all[0] = client.Config(t.Context(), page)
	_, all[1] = client.TryConfig(page)
	_, all[2] = client.Ticket(t.Context())
	_, all[3] = client.AccessToken(t.Context())
	_, all[4] = client.Invalidate("value")
	all[5] = client.SetAccessToken("value")
	_, all[6] = client.AgentConfig(t.Context(), page)
	_, all[7] = client.TryAgentConfig(page)
	_, all[8] = client.InvoiceConfig(t.Context())
	_, all[9] = client.TryInvoiceConfig()
	return all[:]
}

func state(t *testing.T) {
	s := startSandbox(t)
	client := s.client()
	before := must[wxsign.State](t)(client.State())
	if before.AppID != appID || before.Closed || before.Store != "memory" || before.Lock != "process" ||
		before.CircuitOpen || before.Ticket.Freshness != "expired" {
		t.Errorf("%+v", before)
	}
	must[wxsign.Config](t)(client.Config(t.Context(), page))
	after := must[wxsign.State](t)(client.State())
	for _, credential := range []wxsign.CredentialState{after.Token, after.Ticket} {
		if credential.Freshness != "fresh" || credential.Source != "service" ||
			credential.Remaining < time.Hour || credential.Remaining > 2*time.Hour ||
			credential.Age > time.Minute || credential.LastError != "" || !credential.RetryAt.IsZero() {
			t.Errorf("%+v", credential)
		}
	}
	s.errcode("getticket", 48001)
	must[bool](t)(client.Invalidate(must[string](t)(client.Ticket(t.Context()))))
	configFails(t, client, wxsign.ErrPermissionDenied)
	failed := must[wxsign.State](t)(client.State())
	if failed.Ticket.LastError != wxsign.ErrPermissionDenied || failed.Ticket.LastErrCode != 48001 ||
		!failed.Ticket.RetryAt.After(time.Now()) {
		t.Errorf("%+v", failed.Ticket)
	}
	noSecrets(t, fmt.Sprintf("%+v%+v%+v", before, after, failed))

	s.fault("any", "status", object{"status": 503})
	busy := s.client(wxsign.WithStoreDir(filepath.Join(t.TempDir(), "store")))
	configFails(t, busy, wxsign.ErrUpstreamBusy)
	open := must[wxsign.State](t)(busy.State())
	if open.Store != "file" || open.Lock != "file" || !open.CircuitOpen {
		t.Errorf("%+v", open)
	}
}

func events(t *testing.T) {
	s := startSandbox(t)
	var mutex sync.Mutex
	var heard []wxsign.Event
	var logged lockedText
	client := s.client(
		wxsign.WithLogger(slog.New(slog.NewJSONHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))),
		wxsign.WithEventListener(func(event wxsign.Event) {
			mutex.Lock()
			defer mutex.Unlock()
			heard = append(heard, event)
			panic("a listener's panic does not end the program")
		}))
	must[wxsign.Config](t)(client.Config(t.Context(), page))
	s.fault("getticket", "errcode", object{"errcode": 48001, "echo": true})
	must[bool](t)(client.Invalidate(must[string](t)(client.Ticket(t.Context()))))
	configFails(t, client, wxsign.ErrPermissionDenied)

	// wxsign calls listeners on its own threads, so the last event may come after its call has
	// returned.
	waitUntil(t, "three events", func() bool {
		mutex.Lock()
		defer mutex.Unlock()
		return len(heard) >= 3
	})
	waitUntil(t, "the failure's line in the log", func() bool {
		return strings.Contains(logged.String(), "PERMISSION_DENIED")
	})
	mutex.Lock()
	defer mutex.Unlock()
	if len(heard) != 3 {
		t.Fatalf("%+v", heard)
	}
	for i, credential := range []string{"token", "ticket"} {
		e := heard[i]
		if e.Kind != wxsign.EventRefreshed || e.Credential != credential || e.Source != "service" ||
			e.Remaining < time.Hour || e.Err != nil {
			t.Errorf("%+v", e)
		}
	}
	last := heard[2]
	if last.Kind != wxsign.EventFailed || last.Credential != "ticket" || !errors.Is(last.Err, wxsign.ErrPermissionDenied) {
		t.Errorf("%+v", last)
	}
	log := logged.String()
	for _, word := range []string{`"level":"DEBUG"`, `"level":"WARN"`, "PERMISSION_DENIED", `"errcode":48001`, `"hint"`} {
		if !strings.Contains(log, word) {
			t.Errorf("no %s in %s", word, log)
		}
	}
	noSecrets(t, fmt.Sprintf("%+v", heard))
	noSecrets(t, log)
}

func errorsExplain(t *testing.T) {
	s := startSandbox(t)
	s.fault("any", "errcode", object{"errcode": 45009, "echo": true})
	e := configFails(t, s.client(), wxsign.ErrQuotaExceeded)
	if e.ErrCode != 45009 || e.RID == "" || !e.Retryable || e.Message == "" || e.Hint == "" || e.HintZH == "" {
		t.Errorf("%+v", e)
	}
	if !strings.HasPrefix(e.Error(), "wxsign: QUOTA_EXCEEDED: ") || !strings.Contains(e.Error(), "errcode 45009") {
		t.Error(e)
	}
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	noSecrets(t, fmt.Sprintf("%+v %#v %s %s", e, e, e, text))

	// A timeout carries what the fetch that it waited for has met so far.
	s = startSandbox(t)
	s.fault("any", "errcode", object{"errcode": -1, "times": 1})
	s.fault("any", "hang", nil)
	_, err = s.client(wxsign.WithTimeout(1500 * time.Millisecond)).AccessToken(t.Context())
	if e = failsWith(t, wxsign.ErrTimeout, err); !errors.Is(e, wxsign.ErrUpstreamBusy) {
		t.Errorf("the cause of %v is %v", e, errors.Unwrap(e))
	}
	s.post("clear", nil)
}

// waitUntil polls, because what it waits for happens in another process or thread.
func waitUntil(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if happened() {
			return
		}
	}
	t.Fatalf("no %s within 10 s", what)
}

// The tutorial's ticket is imported, and its file is not changed.
func TestTheTutorialsTicketIsImported(t *testing.T) {
	s := startSandbox(t)
	file := filepath.Join(t.TempDir(), "jsapiTicket.json")
	text := fmt.Sprintf(`{"createTime":%d,"errcode":0,"errmsg":"ok","ticket":"OLD","expires_in":7200}`, time.Now().UnixMilli())
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	client := s.client(wxsign.WithImportTicketFile(file))
	if ticket := must[string](t)(client.Ticket(t.Context())); ticket != "OLD" {
		t.Error(ticket)
	}
	if state := must[wxsign.State](t)(client.State()); state.Ticket.Source != "import" {
		t.Errorf("%+v", state.Ticket)
	}
	if got := must[[]byte](t)(os.ReadFile(file)); string(got) != text {
		t.Errorf("%s", got)
	}
}
