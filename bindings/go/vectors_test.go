// The shared vectors: what Sign must return, and what it must not.

package wxsign_test

import (
	"encoding/json"
	"testing"

	"github.com/wxsign/wxsign/bindings/go"
)

type vector struct {
	Name      string
	Ticket    string
	NonceStr  string
	Timestamp int64
	URL       string
	Signature string
	Mistake   string
}

func (v vector) sign(t *testing.T) string {
	t.Helper()
	signature, err := wxsign.Sign(v.Ticket, v.NonceStr, v.Timestamp, v.URL)
	if err != nil {
		t.Fatalf("%s: %v", v.Name, err)
	}
	return signature
}

func TestSharedVectors(t *testing.T) {
	text := repositoryFile(t, "tests", "vectors", "signature.json")
	var file struct{ Vectors, Wrong []vector }
	if err := json.Unmarshal(text, &file); err != nil || len(file.Vectors) < 1000 || len(file.Wrong) == 0 {
		t.Fatalf("%d vectors and %d wrong ones: %v", len(file.Vectors), len(file.Wrong), err)
	}
	for _, v := range file.Vectors {
		if got := v.sign(t); got != v.Signature {
			t.Errorf("%s: %s is not %s", v.Name, got, v.Signature)
		}
	}
	for _, v := range file.Wrong {
		if v.sign(t) == v.Signature {
			t.Errorf("%s: %s", v.Name, v.Mistake)
		}
	}
}

func TestSharedCardVectors(t *testing.T) {
	text := repositoryFile(t, "tests", "vectors", "signature.json")
	var file struct {
		Cards []struct {
			Name      string
			Values    []string
			Signature string
		}
	}
	if err := json.Unmarshal(text, &file); err != nil || len(file.Cards) <= 10 {
		t.Fatalf("%d cards: %v", len(file.Cards), err)
	}
	for _, card := range file.Cards {
		if got := must[string](t)(wxsign.CardSign(card.Values...)); got != card.Signature {
			t.Errorf("%s: %s is not %s", card.Name, got, card.Signature)
		}
	}
}

func TestNoncesNeverRepeat(t *testing.T) {
	seen := map[string]bool{}
	for range 10_000 {
		nonce := wxsign.Nonce()
		for _, c := range nonce {
			if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
				t.Fatalf("%q in %q", c, nonce)
			}
		}
		if len(nonce) != 32 || seen[nonce] {
			t.Fatalf("%q", nonce)
		}
		seen[nonce] = true
	}
}

func BenchmarkSign(b *testing.B) {
	const ticket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
	for b.Loop() {
		_, _ = wxsign.Sign(ticket, "Wm3WZYTPz0wzccnW", 1414587457, "http://mp.weixin.qq.com?params=value")
	}
}

func BenchmarkConfig(b *testing.B) {
	client := startSandbox(b).client()
	if _, err := client.Config(b.Context(), page); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_, _ = client.Config(b.Context(), page)
		}
	})
}
