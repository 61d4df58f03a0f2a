package bilibili

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxCode bounds an identity code; those seen have some fifteen characters.
const maxCode = 200

// ErrNoCode: what was entered cannot be an identity code.
var ErrNoCode = errors.New("bilibili: not an identity code")

// ParseCode reads an identity code as a person enters it.
func ParseCode(text string) (Secret, error) {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > maxCode || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\'' || r == ',' }) {
		return Secret{}, ErrNoCode
	}
	return NewSecret(text), nil
}

// Is reports whether two secrets are the same text.
func (s Secret) Is(other Secret) bool { return s.reveal() == other.reveal() }

// ReadCodes reads the identity codes that WriteCodes wrote. That there is no
// such file is no error.
func ReadCodes(path string) ([]Secret, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && info.Size() > maxAccessFile {
		err = fmt.Errorf("%s is longer than %d bytes", path, maxAccessFile)
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(path)
	}
	var values map[string][]string
	if err == nil {
		if values, err = accessLines(text); err != nil {
			err = fmt.Errorf("%w (file %s)", err, path)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("bilibili: identity codes: %w", err)
	}
	var codes []Secret
	for _, v := range values["identity_code"] {
		if code := NewSecret(v); len(codes) < maxCodes && !slices.ContainsFunc(codes, code.Is) {
			codes = append(codes, code)
		}
	}
	return codes, nil
}

// WriteCodes keeps identity codes in a file only its owner may read, replacing
// what was there in one step. Without any the file goes.
func WriteCodes(path string, codes []Secret) error {
	if len(codes) == 0 {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("bilibili: forget identity codes: %w", err)
		}
		return nil
	}
	var b bytes.Buffer
	b.WriteString("# Identity codes of Open Live: keep this file to yourself.\n")
	for _, code := range codes {
		b.WriteString("identity_code = " + code.reveal() + "\n")
	}
	return writeOwn(path, ".codes-*", b.Bytes())
}

// writeOwn writes a file only its owner may read, in one step.
func writeOwn(path, temporary string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), temporary) // made with mode 0600
	if err != nil {
		return fmt.Errorf("bilibili: save credentials: %w", err)
	}
	defer os.Remove(f.Name()) // gone already when all went well
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(0o600), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("bilibili: save credentials: %w", err)
	}
	return nil
}
