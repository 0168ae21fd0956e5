// The fault matrix at this binding: tests/matrix/cells.json has the cells and says what they mean.

package wxsign_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wxsign/wxsign/bindings/go"
)

// matrixWorkers is how many cells run at once. They wait for most of their time.
const matrixWorkers = 32

// milliseconds is a time in the matrix.
type milliseconds int64

func (ms milliseconds) duration() time.Duration { return time.Duration(ms) * time.Millisecond }

type matrix struct {
	Canaries        []string
	Again           int
	AgainWithinMs   milliseconds `json:"again_within_ms"`
	SettledWithinMs milliseconds `json:"settled_within_ms"`
	Count           int64
	Cells           []matrixCell
}

type matrixCell struct {
	dir             string
	Name            string
	Fault           object
	TokenAPI        string `json:"token_api"`
	Ask, Faulty     string
	Seed            map[string]milliseconds
	TimeoutMs       milliseconds `json:"timeout_ms"`
	AtLeastMs       milliseconds `json:"at_least_ms"`
	WithinMs        milliseconds `json:"within_ms"`
	Caller          wxsign.Code
	Errcode         int64
	Retryable       bool
	Fetch           wxsign.Code
	Tokens, Tickets int
}

// matrixBench is a client in the state of a cell, with what it said.
type matrixBench struct {
	*testing.T
	cell        matrixCell
	client      *wxsign.Client
	value, file string
	lock        sync.Mutex
	said        strings.Builder
}

// Write takes part of what the binding says.
func (b *matrixBench) Write(text []byte) (int, error) {
	b.lock.Lock()
	defer b.lock.Unlock()
	return b.said.Write(text)
}

// collect keeps everything that can be read from a value.
func (b *matrixBench) collect(value any) {
	asJSON, _ := json.Marshal(value)
	fmt.Fprintf(b, "%v %+v %#v %s\n", value, value, value, asJSON)
}

// collectError keeps an error with all that hangs on it.
func (b *matrixBench) collectError(err error) {
	for ; err != nil; err = errors.Unwrap(err) {
		b.collect(err)
		var e *wxsign.Error
		if errors.As(err, &e) {
			b.collect(*e)
			b.collect(e.LogValue())
		}
	}
}

// make makes a client of the cell's kind.
func (b *matrixBench) make(s *sandbox, options ...wxsign.Option) *wxsign.Client {
	switch b.cell.TokenAPI {
	case "work":
		return s.corpClient(options...)
	case "classic":
		options = append(options, wxsign.WithTokenAPI(wxsign.ClassicToken))
	}
	return s.client(options...)
}

// seed fills a directory with the records that the cell begins with, and notes what was asked for's
// value and file.
func (b *matrixBench) seed(s *sandbox) string {
	born, dir := filepath.Join(b.cell.dir, "born"), filepath.Join(b.cell.dir, "store")
	kinds := []string{"token", "ticket"}
	first := b.make(s, wxsign.WithStoreDir(born))
	must[string](b.T)(first.Ticket(b.Context()))
	if b.cell.TokenAPI == "work" {
		kinds = append(kinds, "agent_ticket")
		must[wxsign.AgentConfig](b.T)(first.AgentConfig(b.Context(), page))
	}
	b.fatal(os.MkdirAll(dir, 0o700))
	for _, kind := range kinds {
		files := must[[]string](b.T)(filepath.Glob(filepath.Join(born, "*."+kind+".json")))
		if len(files) != 1 {
			b.Fatalf("%d files of the %s", len(files), kind)
		}
		file := filepath.Join(dir, filepath.Base(files[0]))
		var record object
		b.fatal(json.Unmarshal(must[[]byte](b.T)(os.ReadFile(files[0])), &record))
		if kind == b.cell.Ask {
			b.value, b.file = record["value"].(string), file
		}
		left, wanted := b.cell.Seed[kind]
		if !wanted {
			continue
		}
		life := int64(record["life"].(float64))
		seen := time.Now().UnixMilli() + int64(left) - life
		record["fetched_at"], record["first_seen"], record["expires_at"] = seen, seen, seen+life
		record["age_known"], record["next_check"] = true, 0
		b.fatal(os.WriteFile(file, must[[]byte](b.T)(json.Marshal(record)), 0o600))
	}
	return dir
}

func (b *matrixBench) fatal(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// inFile is the value of what was asked for, as it is in its file now; empty without one.
func (b *matrixBench) inFile() string {
	text, err := os.ReadFile(b.file)
	if errors.Is(err, os.ErrNotExist) {
		return ""
	}
	var record struct{ Value string }
	b.fatal(errors.Join(err, json.Unmarshal(text, &record)))
	return record.Value
}

// ask asks, checks what the caller gets, and says how long that took. For a ticket, again asks for
// a page's config.
func (b *matrixBench) ask(again bool) time.Duration {
	var value string
	var config wxsign.Config
	var err error
	begun := time.Now()
	switch {
	case b.cell.Ask == "token":
		value, err = b.client.AccessToken(b.Context())
	case b.cell.Ask == "agent_ticket":
		var agent wxsign.AgentConfig
		agent, err = b.client.AgentConfig(b.Context(), page)
		config.Timestamp, config.NonceStr, config.Signature = agent.Timestamp, agent.NonceStr, agent.Signature
	case again:
		config, err = b.client.Config(b.Context(), page)
	default:
		value, err = b.client.Ticket(b.Context())
	}
	took := time.Since(begun)
	if err == nil {
		comesFrom := func(known string) bool {
			if config.Signature == "" {
				return value == known
			}
			signature, err := wxsign.Sign(known, config.NonceStr, config.Timestamp, page)
			return err == nil && signature == config.Signature
		}
		if b.cell.Caller != "OK" || !comesFrom(b.value) && !comesFrom(b.inFile()) {
			b.Errorf("got %q, %+v", value, config)
		}
		return took
	}
	b.collectError(err)
	var e *wxsign.Error
	if !errors.As(err, &e) || e.Code != b.cell.Caller || e.ErrCode != b.cell.Errcode || e.Retryable != b.cell.Retryable {
		b.Errorf("got %#v", err)
	}
	return took
}

// look returns the state of the credential that the fault is about.
func (b *matrixBench) look() wxsign.CredentialState {
	state := must[wxsign.State](b.T)(b.client.State())
	switch b.cell.Faulty {
	case "ticket":
		return state.Ticket
	case "agent_ticket":
		if state.AgentTicket == nil {
			return wxsign.CredentialState{}
		}
		return *state.AgentTicket
	}
	return state.Token
}

// begin puts a client into the state of a cell.
func (cell matrixCell) begin(t *testing.T) (*matrixBench, *sandbox) {
	s := startSandbox(t)
	b := &matrixBench{T: t, cell: cell}
	dir := b.seed(s)
	s.post("fault", cell.Fault)
	b.client = b.make(s, wxsign.WithStoreDir(dir),
		wxsign.WithTimeout(cell.TimeoutMs.duration()),
		wxsign.WithLogger(slog.New(slog.NewJSONHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug}))),
		wxsign.WithEventListener(func(event wxsign.Event) {
			b.collect(event)
			b.collectError(event.Err)
		}))
	return b, s
}

func (m matrix) run(t *testing.T, cell matrixCell) {
	b, s := cell.begin(t)
	before := s.counts()
	settle := func(is func() bool) {
		for end := time.Now().Add(m.SettledWithinMs.duration()); !is() && time.Now().Before(end); {
			time.Sleep(20 * time.Millisecond)
		}
	}

	times := 1
	if cell.Fetch == wxsign.ErrTimeout {
		times = 2
	}
	for time := range times {
		if took := b.ask(time > 0); took < cell.AtLeastMs.duration() || took > cell.WithinMs.duration() {
			t.Errorf("took %s", took)
		}
	}
	if cell.Fetch != "OK" && cell.Fetch != wxsign.ErrTimeout {
		settle(func() bool { return !b.look().RetryAt.IsZero() })
		for range m.Again {
			if took := b.ask(true); took > m.AgainWithinMs.duration() {
				t.Errorf("waited %s at the cooldown", took)
			}
		}
		if look := b.look(); look.LastError != cell.Fetch || !look.RetryAt.After(time.Now()) {
			t.Errorf("the state is %+v", look)
		}
	}

	want := []int{cell.Tokens, cell.Tickets, 0}
	spent := func() []int {
		c := s.counts()
		return []int{c.tokens() - before.tokens(), c.tickets() - before.tickets(), c.Other}
	}
	settle(func() bool { return slices.Equal(spent(), want) })
	if got := spent(); !slices.Equal(got, want) {
		t.Errorf("%v requests instead of %v", got, want)
	}
	settle(func() bool { return cell.Fetch != "OK" || b.inFile() != "" })
	was := ""
	if _, seeded := cell.Seed[cell.Ask]; seeded {
		was = b.value
	}
	if is := b.inFile(); cell.Fetch == "OK" && is == "" || cell.Fetch != "OK" && is != was {
		t.Errorf("%q is in the file", is)
	}

	b.collect(must[wxsign.State](t)(b.client.State()))
	b.collect(b.client)
	b.lock.Lock()
	defer b.lock.Unlock()
	for _, canary := range m.Canaries {
		if strings.Contains(b.said.String(), canary) {
			t.Errorf("%s in %s", canary, b.said.String())
		}
	}
}

func readMatrix(t *testing.T) matrix {
	var m matrix
	text := repositoryFile(t, "tests", "matrix", "cells.json")
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// dirsOfLateFetches returns a directory for many stores. A fetch that is under way outlives its
// client and may write, or make its store's directory again, when its cell has long ended:
// t.TempDir() would fail, or leave that behind.
func dirsOfLateFetches(t *testing.T) string {
	root := must[string](t)(os.MkdirTemp("", "wxsign-go-"))
	t.Cleanup(func() {
		for range 100 {
			if os.RemoveAll(root) == nil {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Errorf("%s cannot be removed", root)
	})
	return root
}

func TestTheFaultMatrix(t *testing.T) {
	m := readMatrix(t)
	cells := make(chan matrixCell)
	var workers sync.WaitGroup
	var ran atomic.Int64
	// Subtests of workers of our own: parallel ones are no more than there are processors.
	for range matrixWorkers {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for cell := range cells {
				t.Run(cell.Name, func(t *testing.T) {
					defer ran.Add(1)
					m.run(t, cell)
				})
			}
		}()
	}
	root := dirsOfLateFetches(t)
	for n, cell := range m.Cells {
		cell.dir = filepath.Join(root, strconv.Itoa(n))
		cells <- cell
	}
	close(cells)
	workers.Wait()
	if ran.Load() != m.Count {
		t.Errorf("%d cells ran, and %d are listed", ran.Load(), m.Count)
	}
}
