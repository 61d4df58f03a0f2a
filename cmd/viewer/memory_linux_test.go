package main

import (
	"bytes"
	_ "embed"
	"os"
	"slices"
	"strings"
	"testing"
)

//go:embed main.go
var builtIn []byte

func TestOnlyWhatIsInTheProgramsFileIsGivenBack(t *testing.T) {
	want, err := os.ReadFile("main.go") // of three pages
	if err != nil {
		t.Fatal(err)
	}
	made := bytes.Repeat([]byte("not in a file "), 10_000)
	copied := bytes.Clone(made)
	giveBack(builtIn)
	giveBack(made)
	giveBack(nil)
	if !bytes.Equal(builtIn, want) {
		t.Error("what is built in was lost")
	}
	if !bytes.Equal(made, copied) {
		t.Error("what was made by the program was lost")
	}
}

func TestOnlyCodeThatNobodyChangedIsGivenBack(t *testing.T) {
	const smaps = `00400000-00500000 r-xp 00001000 08:01 42      /usr/bin/viewer
Size:               1024 kB
Rss:                 800 kB
Anonymous:             0 kB
00600000-00700000 r--p 00101000 08:01 42      /usr/bin/viewer
Anonymous:             0 kB
00700000-00800000 r-xp 00001000 08:01 43      /usr/lib/a library (deleted)
Anonymous:             4 kB
00800000-00900000 rwxp 00000000 00:00 0
Anonymous:             0 kB
7f0000000000-7f0000001000 r-xp 00001000 08:01 44      /usr/lib/libGL.so.1
Anonymous:             0 kB
AnonHugePages:         0 kB
7fff00000000-7fff00001000 r-xp 00000000 00:00 0       [vdso]
Anonymous:             0 kB
`
	want := []span{{0x400000, 0x500000}, {0x7f0000000000, 0x7f0000001000}}
	if got := unchangedCode(strings.NewReader(smaps)); !slices.Equal(got, want) {
		t.Errorf("%x, want %x", got, want)
	}
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if len(unchangedCode(f)) == 0 {
		t.Error("no code of this program was found")
	}
	giveBackCode() // and go on
}
