package gui

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// collect puts a font into a collection, as a .ttc has it.
func collect(font []byte) []byte {
	const start = 16
	out := append([]byte("ttcf\x00\x01\x00\x00\x00\x00\x00\x01"), 0, 0, 0, start)
	out = append(out, font...)
	for i := range int(binary.BigEndian.Uint16(font[4:])) {
		at := start + 12 + 16*i + 8
		binary.BigEndian.PutUint32(out[at:], binary.BigEndian.Uint32(out[at:])+start)
	}
	return out
}

func TestAFontOfTheUsersIsCheckedBeforeTheToolkitSeesIt(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := write("a.otf", regularFont)
	many := write("b.ttc", collect(regularFont))
	for _, path := range []string{good, many} {
		f, err := readFont(path)
		if err != nil || len(f.Content()) < len(regularFont) || string(f.Content()[:4]) != "OTTO" {
			t.Fatalf("%s: %v", path, err)
		}
	}
	for name, b := range map[string][]byte{"text.ttf": []byte("not a font, but long enough to be looked at"), "cut.otf": regularFont[:5000], "cut.ttc": collect(regularFont)[:3000],
		"empty.ttf": nil, "wild.ttc": append([]byte("ttcf\x00\x01\x00\x00\x00\x00\x00\x01\xff\xff\xff\xf0"), make([]byte, 40)...)} {
		if _, err := readFont(write(name, b)); !errors.Is(err, errFontBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := readFont(filepath.Join(dir, "none.ttf")); err == nil {
		t.Error("a font that is not there was read")
	}
	list := installedFonts([]string{dir, filepath.Join(dir, "none")})
	if len(list) != 1 || list[0].name == "" { // one name, two files
		t.Errorf("listed: %+v", list)
	}
}

func TestAFontThatBringsTheProgramDownIsNotTriedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mine.otf")
	if err := os.WriteFile(path, regularFont, 0o600); err != nil {
		t.Fatal(err)
	}
	w := newTestWindow(t, Config{Locale: "en"}, 800, 600)
	w.settings.Font = path
	w.loadFont()
	if w.font == nil || savedSettings(t, w).FontTrial != path {
		t.Fatalf("not on trial: %v", w.fontErr)
	}
	if got := w.theme().Font(fyne.TextStyle{}); got.Name() != "mine.otf" {
		t.Errorf("written in %s", got.Name())
	}
	again := &Window{settings: savedSettings(t, w), cfg: w.cfg}
	if again.loadFont(); again.font != nil || !errors.Is(again.fontErr, errFontCrashed) {
		t.Errorf("tried again: %v", again.fontErr)
	}
	w.trustFont(w.fontSince.Add(fontTrial))
	trusted := &Window{settings: savedSettings(t, w), cfg: w.cfg}
	if trusted.loadFont(); trusted.font == nil {
		t.Errorf("not trusted after a while: %v", trusted.fontErr)
	}
	w.openSettings()
	waitFor(t, w, func() bool { return len(queues[w]) == 0 })
	w.tasks.Wait()
}

func TestAnotherFontIsInUseAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mine.otf")
	if err := os.WriteFile(path, boldFont, 0o600); err != nil {
		t.Fatal(err)
	}
	w := newTestWindow(t, Config{Locale: "en"}, 800, 600)
	give(t, w, liveStatus(testRoom), commentItem(1, "hello"))
	before := w.chatPen.ruler.width(styleBody, "Wide words")
	w.changeFont(path)
	if got := theme.Font(fyne.TextStyle{}); got.Name() != "mine.otf" {
		t.Errorf("the toolkit writes in %s", got.Name())
	}
	if after := w.chatPen.ruler.width(styleBody, "Wide words"); after <= before {
		t.Errorf("letters in bold are %v wide, those before %v", after, before)
	}
	w.changeFont(filepath.Join(t.TempDir(), "gone.otf"))
	if w.fontErr == nil || theme.Font(fyne.TextStyle{}) != fyne.Resource(fontRegular) {
		t.Errorf("a font that is not there: %v", w.fontErr)
	}
	w.changeFont("")
	if after := w.chatPen.ruler.width(styleBody, "Wide words"); after != before || w.fontErr != nil {
		t.Errorf("back: %v wide, before %v; %v", after, before, w.fontErr)
	}
}

func FuzzOneFont(f *testing.F) {
	f.Add([]byte("ttcf\x00\x01\x00\x00\x00\x00\x00\x01\x00\x00\x00\x10\x00\x01\x00\x00\x00\x01aaaaaaaacmap\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04"))
	f.Add([]byte("OTTO\x00\x01"))
	f.Fuzz(func(t *testing.T, b []byte) {
		out, err := oneFont(b)
		if err == nil && len(out) > len(b)*65+maxFontFile {
			t.Errorf("%d bytes of %d", len(out), len(b))
		}
	})
}
