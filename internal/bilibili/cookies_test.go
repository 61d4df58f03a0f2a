package bilibili

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"danmaku/internal/simroom"
)

func TestCookiesAreReadInEveryUsualForm(t *testing.T) {
	for name, text := range map[string]string{
		"header":          "SESSDATA=abc%2C1; buvid3=X-infoc; DedeUserID=12",
		"header, named":   "Cookie: SESSDATA=abc%2C1; buvid3=X-infoc; DedeUserID=12\n",
		"a line each":     "SESSDATA=abc%2C1\r\nbuvid3=X-infoc\r\nDedeUserID=\"12\";\r\n",
		"byte order mark": "\ufeffSESSDATA=abc%2C1; buvid3=X-infoc; DedeUserID=12",
		"Netscape": "# Netscape HTTP Cookie File\n" +
			"#HttpOnly_.bilibili.com\tTRUE\t/\tTRUE\t4102444800\tSESSDATA\tabc%2C1\n" +
			".bilibili.com\tTRUE\t/\tFALSE\t0\tbuvid3\tX-infoc\n" +
			"live.bilibili.com\tFALSE\t/\tFALSE\t4102444800\tDedeUserID\t12\n" +
			".bilibili.com\tTRUE\t/\tFALSE\t1000000000\tstale\tgone\n" +
			".example.com\tTRUE\t/\tTRUE\t0\tother\tsecret\n" +
			".notbilibili.com\tTRUE\t/\tTRUE\t0\tother\tsecret\n",
	} {
		c, err := ParseCookies([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, want := c.header(nil), "DedeUserID=12; SESSDATA=abc%2C1; buvid3=X-infoc"; got != want {
			t.Errorf("%s: cookies %q, want %q", name, got, want)
		}
		if !c.LoggedIn() {
			t.Errorf("%s: not logged in", name)
		}
	}
}

func TestWhatIsNoCookieFileIsRefusedWithoutQuotingIt(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "s3cr3t", "SESSDATA=s3cr3t with spaces", "SESSDATA=s3cr3t\x01", "a b=s3cr3t", `{"SESSDATA":"s3cr3t"}`,
		".example.com\tTRUE\t/\tTRUE\t0\tSESSDATA\ts3cr3t\n"} {
		c, err := ParseCookies([]byte(text))
		if err == nil || c.LoggedIn() {
			t.Errorf("%q was accepted", text)
		} else if strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("the error quotes the secret: %v", err)
		}
	}
	if _, err := ReadCookies(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a file that is not there was read")
	}
}

func TestAFileOpenToOthersIsNoticed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c")
	if err := os.WriteFile(file, []byte("a=b"), 0o600); err != nil {
		t.Fatal(err)
	}
	if OpenToOthers(file) {
		t.Error("mode 0600")
	}
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	if !OpenToOthers(file) {
		t.Error("mode 0640 was not noticed")
	}
}

func FuzzParseCookies(f *testing.F) {
	f.Add([]byte("SESSDATA=abc; buvid3=X"))
	f.Add([]byte(".bilibili.com\tTRUE\t/\tFALSE\t0\tbuvid3\tX"))
	f.Add([]byte("#HttpOnly_.bilibili.com\tTRUE\t/\tTRUE\t99999999999\tSESSDATA\ta%2Cb"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := ParseCookies(text)
		if err != nil {
			return
		}
		h := c.header(nil)
		again, err := ParseCookies([]byte(h))
		if h != "" && (err != nil || again.header(nil) != h) {
			t.Fatalf("the header %q does not read back: %v", h, err)
		}
		if strings.ContainsAny(h, "\r\n\x00") {
			t.Fatalf("the header %q breaks out of its line", h)
		}
	})
}

func FuzzPastComment(f *testing.F) {
	f.Add([]byte(`{"text":"草","uid":1,"nickname":"n","timeline":"2026-11-22 10:00:00","id_str":"abc","check_info":{"ts":1700000000,"ct":"A"}}`))
	f.Add([]byte(`{"text":"[dog]","uid":"0","nickname":"a***","id_str":"x","dm_type":1,"emoticon":{"url":"https://x","width":"20"}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, ok := pastComment(7, 5, raw)
		if ok && (e.Key == "dm:" || e.At == 0 || e.Comment == nil || e.User == nil || !e.Backlog) {
			t.Fatalf("%+v", e)
		}
	})
}

func TestTheDeviceCookieIsKeptAcrossRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, config := simulated(t, simroom.Config{})
		config.Device = filepath.Join(t.TempDir(), "device.txt")
		var devices []string
		for range 3 {
			c, err := New(config)
			if err != nil {
				t.Fatal(err)
			}
			e, err := c.Endpoint(t.Context(), 7734200)
			if err != nil {
				t.Fatal(err)
			}
			devices = append(devices, e.Buvid)
		}
		if devices[0] == "" || devices[1] != devices[0] || devices[2] != devices[0] || s.Calls()["/x/frontend/finger/spi"] != 1 {
			t.Errorf("devices %q, calls %v", devices, s.Calls())
		}
		if info, err := os.Stat(config.Device); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v %v", info, err)
		}
		if err := os.WriteFile(config.Device, []byte("spoilt"), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		e, err := c.Endpoint(t.Context(), 7734200)
		if err != nil || e.Buvid == "" || e.Buvid == devices[0] {
			t.Errorf("after the file was spoilt: %q, %v", e.Buvid, err)
		}
		if kept, err := ReadCookies(config.Device); err != nil || kept.all()["buvid3"] != e.Buvid {
			t.Errorf("the new one is not kept: %v", err)
		}
	})
}
