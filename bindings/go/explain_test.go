// Explain: the binding's half. The core's own tests have every cause.

//go:build cgo

package wxsign_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/wxsign/wxsign/bindings/go"
)

const (
	explainTicket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
	explainPage   = "http://mp.weixin.qq.com?params=value#x"
)

func explained(t *testing.T, signature string) wxsign.Report {
	t.Helper()
	report, err := wxsign.Explain(wxsign.Evidence{
		URL:       explainPage,
		Ticket:    explainTicket,
		NonceStr:  "Wm3WZYTPz0wzccnW",
		Timestamp: "1414587457",
		Signature: signature,
	})
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := json.Marshal(report); strings.Contains(string(text), explainTicket) {
		t.Error("the report contains the ticket")
	}
	return report
}

func TestExplainProvesTheMistake(t *testing.T) {
	report := explained(t, "49e882ed1d77a029e6dc50a36da02d15d228293e")
	cause := report.Causes[0]
	if report.Verdict != "invalid" || cause.Code != "fragment_kept" || cause.Certainty != "proven" {
		t.Errorf("%+v", report)
	}
	if cause.Signed != explainPage || cause.TitleZH == "" || cause.Fix == "" {
		t.Errorf("%+v", cause)
	}
}

func TestExplainAcceptsARightSignature(t *testing.T) {
	if report := explained(t, "0f9de62fce790f9a083d5c99e95740ceb90c27ed"); report.Verdict != "valid" {
		t.Errorf("%+v", report)
	}
}

func TestExplainRefusesHugeEvidence(t *testing.T) {
	_, err := wxsign.Explain(wxsign.Evidence{URL: strings.Repeat("a", 300_000)})
	if !errors.Is(err, wxsign.ErrInvalidArgument) {
		t.Errorf("%v", err)
	}
}
