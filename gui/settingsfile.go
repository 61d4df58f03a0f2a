package gui

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// settingsName is the file of the settings in their folder.
const settingsName = "settings.json"

// settingsFile keeps the settings. The toolkit has a place for them, too, but
// empties its file before it writes it anew: a program killed at that moment
// would have lost everything. Windows with an archive or a relay each share the
// file, so a window writes what it has changed itself and leaves the rest as the
// others have it.
type settingsFile struct {
	path string // "": nothing is kept
	last fields // as this window last read or wrote them
}

// fields are the settings by their names in the file.
type fields map[string]json.RawMessage

// load reads what was saved. A file that cannot be understood is put aside and
// counts as none.
func (f *settingsFile) load() (Settings, error) {
	s, _, err := f.read()
	f.last, _ = fieldsOf(&s)
	if err != nil {
		var unread *fs.PathError
		if !errors.As(err, &unread) {
			_ = os.Rename(f.path, f.path+".unreadable") // else it will be written over
		}
		err = fmt.Errorf("gui: settings %s: %w", f.path, err)
	}
	s.tidy()
	return s, err
}

// read reads the file; when there is none, nothing.
func (f *settingsFile) read() (s Settings, all fields, err error) {
	if f.path == "" {
		return s, nil, nil
	}
	b, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil, nil
	}
	if err == nil {
		err = errors.Join(json.Unmarshal(b, &s), json.Unmarshal(b, &all))
	}
	if err != nil {
		return Settings{}, nil, err
	}
	return s, all, nil
}

// fieldsOf gives the settings by their names, but for defaults.
func fieldsOf(s *Settings) (all fields, err error) {
	b, err := json.Marshal(s)
	if err == nil {
		err = json.Unmarshal(b, &all)
	}
	return all, err
}

// save writes what has changed since the last time.
func (f *settingsFile) save(s *Settings) error {
	if f.path == "" {
		return nil
	}
	mine, err := fieldsOf(s)
	_, now, _ := f.read()
	if now == nil { // there is none, or rubbish
		now, f.last = make(fields), nil
	}
	changed := false
	for name, v := range mine {
		if !bytes.Equal(v, f.last[name]) {
			now[name], changed = v, true
		}
	}
	for name := range f.last {
		if _, ok := mine[name]; !ok { // it is its default again
			delete(now, name)
			changed = true
		}
	}
	if changed && err == nil {
		var b []byte
		if b, err = json.MarshalIndent(now, "", "\t"); err == nil {
			err = writeFile(f.path, b, true)
		}
	}
	if err != nil {
		return fmt.Errorf("gui: settings %s: %w", f.path, err)
	}
	f.last = mine
	return nil
}

// settingsIn is the file in a folder; without one nothing is kept.
func settingsIn(dir string) settingsFile {
	if dir == "" {
		return settingsFile{}
	}
	return settingsFile{path: filepath.Join(dir, settingsName)}
}
