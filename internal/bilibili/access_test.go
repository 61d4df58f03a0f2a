package bilibili

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func accessFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "open-live.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

const wholeAccess = "\ufeff# of the app\naccess_key_id = KEYID\nAccess-Key-Secret=\"KEYSECRET\"\r\napp_id = 1234567890123\n\nidentity_code = CODE1\nidentity_code=CODE2\nidentity_code = CODE1\n"

func TestOpenLiveAccessComesFromAFileOrTheEnvironmentAboveIt(t *testing.T) {
	all := []string{"DANMAKU_OPEN_LIVE_ACCESS_KEY_ID", "KEYID", "DANMAKU_OPEN_LIVE_ACCESS_KEY_SECRET", "KEYSECRET",
		"DANMAKU_OPEN_LIVE_APP_ID", "1234567890123", "DANMAKU_OPEN_LIVE_IDENTITY_CODE", "CODE1, CODE2 CODE1"}
	for name, c := range map[string]struct {
		path  string
		env   []string
		codes string
	}{
		"file":         {accessFile(t, wholeAccess), nil, "CODE1 CODE2"},
		"environment":  {"", all, "CODE1 CODE2"},
		"both":         {accessFile(t, wholeAccess), []string{"DANMAKU_OPEN_LIVE_IDENTITY_CODE", "CODE3"}, "CODE3"},
		"both, halved": {accessFile(t, "identity_code = CODE9\n"), all[:6], "CODE9"},
	} {
		a, err := ReadAccess(c.path, environment(c.env...))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var codes []string
		for _, code := range a.Codes {
			codes = append(codes, code.reveal())
		}
		if a.KeyID.reveal() != "KEYID" || a.Secret.reveal() != "KEYSECRET" || a.AppID != 1234567890123 || strings.Join(codes, " ") != c.codes || a.Empty() {
			t.Errorf("%s: app %d, codes %v", name, a.AppID, codes)
		}
		if text := fmt.Sprintf("%v %+v %#v", a, a, a); strings.Contains(text, "KEY") || strings.Contains(text, "CODE") {
			t.Errorf("printed as %s", text)
		}
	}
	if a, err := ReadAccess("", environment()); err != nil || !a.Empty() {
		t.Errorf("nothing given: %+v, %v", a, err)
	}
}

func TestOpenLiveAccessThatIsNotWholeIsRefusedWithoutQuotingIt(t *testing.T) {
	line := func(name string) string { return name + " = SECRET1\n" }
	for text, want := range map[string]string{
		"":                        "access_key_id, access_key_secret, app_id, identity_code missing",
		line("access_key_id"):     "access_key_secret, app_id, identity_code missing",
		"SECRET1\n":               "line 1",
		line("secret"):            "line 1",
		"app_id =\n":              "line 1: app_id is empty",
		"app_id = SECRET1 SECR\n": "line 1: app_id",
		line("access_key_id") + line("access_key_secret") + line("app_id") + line("identity_code"):              "app_id is not a number",
		line("access_key_id") + line("access_key_id") + line("access_key_secret") + "app_id=1\nidentity_code=A": "access_key_id is given 2 times",
	} {
		_, err := ReadAccess(accessFile(t, text), environment())
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "SECR") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, err := ReadAccess("absent", environment()); err == nil || !strings.Contains(err.Error(), "absent") {
		t.Errorf("a file that is not there: %v", err)
	}
}

func FuzzAccessLines(f *testing.F) {
	f.Add([]byte(wholeAccess))
	f.Add([]byte("identity_code='"))
	f.Fuzz(func(t *testing.T, text []byte) {
		values, err := accessLines(text)
		if err != nil && len(values) > 0 {
			t.Error("an error and values")
		}
		for name, all := range values {
			for _, v := range all {
				if v == "" || strings.ContainsAny(v, " \n\r\t") {
					t.Errorf("%s is %q", name, v)
				}
			}
		}
	})
}
