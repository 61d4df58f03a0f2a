package main

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// tell runs the program until it ends and gives what it said and its exit code.
func tell(t *testing.T, args ...string) (said string, exit int) {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), "XDG_DATA_HOME="+t.TempDir())
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	_ = cmd.Run()
	return out.String(), cmd.ProcessState.ExitCode()
}

func TestTheDoctorSaysWhatToDoAboutAnAddressThatCannotBeHad(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for address, want := range map[string]string{
		taken.Addr().String(): "another program has this port",
		"203.0.113.1:32668":   "no address of this machine", // RFC 5737: nobody's
		"127.0.0.1:0":         "is free",
	} {
		said, exit := tell(t, "doctor", "--demo", "--listen", address)
		if good := want == "is free"; (exit == 0) != good || !strings.Contains(said, want) || strings.Contains(said, "FAIL") == good {
			t.Errorf("%s: exit %d, want %q in:\n%s", address, exit, want, said)
		}
	}
}

func TestRoomsOfARelayThatIsNotThereExit1AndSayWhatToDo(t *testing.T) {
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for url, want := range map[string]string{other.URL: "something that is no relay", gone.URL: "is it running?"} {
		said, exit := tell(t, "rooms", "list", "--listen", strings.TrimPrefix(url, "http://"))
		if exit != 1 || !strings.Contains(said, want) || !strings.Contains(said, "--listen") {
			t.Errorf("exit %d, want %q in: %s", exit, want, said)
		}
	}
}
