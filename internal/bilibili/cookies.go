package bilibili

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

const redacted = "[redacted]"

// maxCookieFile bounds a cookie file; a browser's whole export is smaller.
const maxCookieFile = 4 << 20

// Cookies are the cookies of one account. They are full credentials: every way
// of printing them gives [redacted]. The zero Cookies is nobody's.
type Cookies struct {
	values *map[string]string // behind a pointer, so that %+v of a struct holding it shows an address
}

// ParseCookies reads `name=value; name=value` (a Cookie header, its name in
// front or not), or a Netscape cookie file, of which only the unexpired lines
// for bilibili.com count. Errors never hold a value.
func ParseCookies(text []byte) (Cookies, error) {
	if len(text) > maxCookieFile {
		return Cookies{}, fmt.Errorf("bilibili: cookies: longer than %d bytes", maxCookieFile)
	}
	values := map[string]string{}
	sc := bufio.NewScanner(bytes.NewReader(text))
	sc.Buffer(nil, maxCookieFile+1)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(strings.TrimPrefix(sc.Text(), "\ufeff"))
		line = strings.TrimPrefix(line, "#HttpOnly_")
		if line == "" || line[0] == '#' {
			continue
		}
		if f := strings.Split(line, "\t"); len(f) == 7 {
			if name, value, ok := netscapeCookie(f, time.Now()); ok {
				values[name] = value
			}
			continue
		}
		if name, rest, ok := strings.Cut(line, ":"); ok && strings.EqualFold(strings.TrimSpace(name), "cookie") {
			line = rest
		}
		for part := range strings.SplitSeq(line, ";") {
			part = strings.TrimSpace(part)
			if part == "" {
				continue
			}
			name, value, ok := strings.Cut(part, "=")
			name, value = strings.TrimSpace(name), strings.Trim(strings.TrimSpace(value), `"`)
			if !ok || !cookieName(name) {
				return Cookies{}, fmt.Errorf("bilibili: cookies: line %d is neither name=value; … nor a line of a Netscape cookie file", n)
			}
			if !cookieValue(value) {
				return Cookies{}, fmt.Errorf("bilibili: cookies: line %d: the value of %s has characters a cookie cannot have", n, name)
			}
			values[name] = value
		}
	}
	if err := sc.Err(); err != nil {
		return Cookies{}, fmt.Errorf("bilibili: cookies: %w", err)
	}
	if len(values) == 0 {
		return Cookies{}, errors.New("bilibili: cookies: none for bilibili.com found; give a Cookie header or a Netscape cookie file")
	}
	return Cookies{&values}, nil
}

// netscapeCookie reads domain, subdomains, path, secure, expiry, name, value.
func netscapeCookie(f []string, now time.Time) (name, value string, ok bool) {
	domain := strings.ToLower(strings.TrimPrefix(f[0], "."))
	if domain != "bilibili.com" && !strings.HasSuffix(domain, ".bilibili.com") {
		return "", "", false
	}
	expiry, err := strconv.ParseInt(f[4], 10, 64)
	if err != nil || expiry != 0 && expiry < now.Unix() {
		return "", "", false
	}
	return f[5], f[6], cookieName(f[5]) && cookieValue(f[6])
}

func cookieName(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f || strings.IndexByte(`()<>@,;:\"/[]?={}`, s[i]) >= 0 {
			return false
		}
	}
	return s != ""
}

func cookieValue(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f || s[i] == ';' || s[i] == '"' || s[i] == '\\' {
			return false
		}
	}
	return true
}

// ReadCookies reads a cookie file; see ParseCookies.
func ReadCookies(path string) (Cookies, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Cookies{}, fmt.Errorf("bilibili: cookie file: %w", err)
	}
	if info.Size() > maxCookieFile {
		return Cookies{}, fmt.Errorf("bilibili: cookie file %s: longer than %d bytes", path, maxCookieFile)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return Cookies{}, fmt.Errorf("bilibili: cookie file: %w", err)
	}
	c, err := ParseCookies(text)
	if err != nil {
		return Cookies{}, fmt.Errorf("%w (file %s)", err, path)
	}
	return c, nil
}

// OpenToOthers reports whether users other than its owner may read the file: a
// caller should say so. Systems without such modes never report it.
func OpenToOthers(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().Type() == fs.FileMode(0) && info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/'
}

// Write saves the cookies as a Netscape cookie file only its owner may read,
// replacing what was there in one step.
func (c Cookies) Write(path string) error {
	var b bytes.Buffer
	b.WriteString("# Netscape HTTP Cookie File\n# Account credentials: keep this file to yourself.\n")
	expiry := time.Now().AddDate(0, 6, 0).Unix() // SESSDATA lasts about six months (protocol.md 2.4)
	for _, name := range slices.Sorted(maps.Keys(c.all())) {
		fmt.Fprintf(&b, "#HttpOnly_.bilibili.com\tTRUE\t/\tTRUE\t%d\t%s\t%s\n", expiry, name, c.all()[name])
	}
	return writeOwn(path, ".cookies-*", b.Bytes())
}

// LoggedIn reports whether there is a login among the cookies; whether the
// platform still accepts it, only the platform knows.
func (c Cookies) LoggedIn() bool { return c.all()["SESSDATA"] != "" }

func (c Cookies) all() map[string]string {
	if c.values == nil {
		return nil
	}
	return *c.values
}

// header is the value of a Cookie header: the cookies and those of more that
// are not among them.
func (c Cookies) header(more map[string]string) string {
	all := maps.Clone(more)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, c.all())
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if all[name] == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("; ")
		}
		b.WriteString(name + "=" + all[name])
	}
	return b.String()
}

// String, GoString, LogValue and MarshalJSON print [redacted].
func (c Cookies) String() string { return redacted }

// GoString is String.
func (c Cookies) GoString() string { return redacted }

// LogValue is String.
func (c Cookies) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON is String, quoted.
func (c Cookies) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// Secret is a text that must not be printed, such as a signing key.
type Secret struct{ text *string }

// NewSecret keeps text out of logs.
func NewSecret(text string) Secret { return Secret{&text} }

func (s Secret) reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// Empty reports whether there is nothing to keep secret.
func (s Secret) Empty() bool { return s.reveal() == "" }

// String, GoString, LogValue and MarshalJSON print [redacted].
func (s Secret) String() string { return redacted }

// GoString is String.
func (s Secret) GoString() string { return redacted }

// LogValue is String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON is String, quoted.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }
