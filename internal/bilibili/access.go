package bilibili

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

const (
	maxAccessFile = 1 << 20
	maxCodes      = 1000
)

// AccessEnv begins the names of the environment variables that ReadAccess
// looks at: DANMAKU_OPEN_LIVE_ACCESS_KEY_ID and so on.
const AccessEnv = "DANMAKU_OPEN_LIVE_"

// accessNames are the settings of a file of Open Live access, in lower case;
// in upper case and after AccessEnv, those of the environment.
var accessNames = []string{"access_key_id", "access_key_secret", "app_id", "identity_code"}

// Access is what the official Open Live platform asks of an app: the
// developer's access key, the app's number, and the identity code of each
// streamer who lets it in. Secrets print [redacted]. The zero Access is none.
type Access struct {
	KeyID  Secret   // access key id
	Secret Secret   // its secret
	AppID  int64    // of the app
	Codes  []Secret // identity codes, one for each streamer's room, none twice
}

// Empty reports whether there is no access.
func (a Access) Empty() bool { return a.AppID == 0 }

// ReadAccess reads a file of lines `name = value` with the names access_key_id,
// access_key_secret, app_id and identity_code, the last one once for each
// streamer. Variables of the environment go above the file; several identity
// codes in one are separated by commas or spaces. With no file ("") and no
// variable there is no access and no error. Errors never hold a value.
func ReadAccess(path string, getenv func(string) string) (Access, error) {
	return readAccess(path, getenv, accessNames)
}

// ReadAppAccess is ReadAccess for a program that is told identity codes later,
// too: there may be none.
func ReadAppAccess(path string, getenv func(string) string) (Access, error) {
	return readAccess(path, getenv, accessNames[:3])
}

// readAccess reads what ReadAccess does; needed must all be there.
func readAccess(path string, getenv func(string) string, needed []string) (Access, error) {
	values := map[string][]string{}
	if path != "" {
		info, err := os.Stat(path)
		if err == nil && info.Size() > maxAccessFile {
			err = fmt.Errorf("%s is longer than %d bytes", path, maxAccessFile)
		}
		var text []byte
		if err == nil {
			text, err = os.ReadFile(path)
		}
		if err == nil {
			values, err = accessLines(text)
			if err != nil {
				err = fmt.Errorf("%w (file %s)", err, path)
			}
		}
		if err != nil {
			return Access{}, fmt.Errorf("bilibili: Open Live access: %w", err)
		}
	}
	for _, name := range accessNames {
		if v := getenv(AccessEnv + strings.ToUpper(name)); v != "" {
			values[name] = strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' })
		}
	}
	if len(values) == 0 && path == "" {
		return Access{}, nil
	}
	a, err := newAccess(values, needed)
	if err != nil {
		return Access{}, fmt.Errorf("bilibili: Open Live access: %w", err)
	}
	return a, nil
}

func newAccess(values map[string][]string, needed []string) (a Access, err error) {
	var missing []string
	for _, name := range accessNames {
		if len(values[name]) == 0 && slices.Contains(needed, name) {
			missing = append(missing, name)
		}
		if name != "identity_code" && len(values[name]) > 1 {
			return a, fmt.Errorf("%s is given %d times", name, len(values[name]))
		}
	}
	if len(missing) > 0 {
		return a, fmt.Errorf("%s missing; give each in the file or as %s…", strings.Join(missing, ", "), AccessEnv)
	}
	if a.AppID, err = strconv.ParseInt(values["app_id"][0], 10, 64); err != nil || a.AppID <= 0 {
		return a, errors.New("app_id is not a number above 0")
	}
	a.KeyID, a.Secret = NewSecret(values["access_key_id"][0]), NewSecret(values["access_key_secret"][0])
	codes := values["identity_code"]
	for i, code := range codes {
		if !slices.Contains(codes[:i], code) {
			a.Codes = append(a.Codes, NewSecret(code))
		}
	}
	if len(a.Codes) > maxCodes {
		return a, fmt.Errorf("%d identity codes are more than %d", len(a.Codes), maxCodes)
	}
	return a, nil
}

// accessLines reads the lines of a file; a name may be written with dashes and
// a value in quotes. What is no such line is an error with its number.
func accessLines(text []byte) (map[string][]string, error) {
	values := map[string][]string{}
	sc := bufio.NewScanner(bytes.NewReader(text))
	sc.Buffer(nil, maxAccessFile+1)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(strings.TrimPrefix(sc.Text(), "\ufeff"))
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		name = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "-", "_")
		value = strings.Trim(strings.TrimSpace(value), `"'`)
		if !ok || !slices.Contains(accessNames, name) {
			return nil, fmt.Errorf("line %d is none of %s = …", n, strings.Join(accessNames, ", "))
		}
		if value == "" || strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return nil, fmt.Errorf("line %d: %s is empty or has characters that it cannot have", n, name)
		}
		values[name] = append(values[name], value)
	}
	if err := sc.Err(); err != nil {
		return nil, err
	}
	return values, nil
}
