// A second process for the tests: this test program again, doing one thing.

package wxsign_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"github.com/wxsign/wxsign/bindings/go"
)

const (
	childURL = "WXSIGN_TEST_CHILD_URL"
	childDir = "WXSIGN_TEST_CHILD_FOLDER"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(childURL); url != "" {
		child(url, os.Getenv(childDir))
		return
	}
	os.Exit(m.Run())
}

// child prints one config, or why there is none.
func child(url, dir string) {
	client, err := wxsign.New(wxsign.WithAppID(appID), wxsign.WithAppSecret(secret),
		wxsign.WithBaseURL(url), wxsign.WithStoreDir(dir))
	if err == nil {
		defer client.Close()
		var config wxsign.Config
		if config, err = client.Config(context.Background(), page); err == nil {
			_ = json.NewEncoder(os.Stdout).Encode(config)
			return
		}
	}
	os.Stdout.WriteString(err.Error())
}

func runChild(t *testing.T, url, dir string) []byte {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program)
	command.Env = append(os.Environ(), childURL+"="+url, childDir+"="+dir)
	output, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	return output
}
