package main

import (
	"bytes"
	_ "embed"
	"os"
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
