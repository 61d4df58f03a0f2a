package main

import (
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestTheSoundOfAlertsIsAWaveFile(t *testing.T) {
	b := chime()
	if string(b[:4]) != "RIFF" || string(b[8:16]) != "WAVEfmt " || int(binary.LittleEndian.Uint32(b[4:])) != len(b)-8 || int(binary.LittleEndian.Uint32(b[40:])) != len(b)-44 {
		t.Fatalf("the header says % x of %d bytes", b[:44], len(b))
	}
	loudest := 0
	for i := 44; i < len(b); i += 2 {
		loudest = max(loudest, int(int16(binary.LittleEndian.Uint16(b[i:]))))
	}
	if loudest < 5_000 || loudest > 30_000 {
		t.Errorf("its loudest sample is %d", loudest)
	}
}

func TestTheSoundIsPlayedByAProgramOfTheDesktop(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the stand-in for a player is a shell script")
	}
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	if play, by := findSound(dir); play != nil || by != "" {
		t.Fatalf("%q plays where there is nothing", by)
	}
	heard := filepath.Join(dir, "heard")
	script := "#!/bin/sh\necho \"$@\" >" + heard + "\n"
	if err := os.WriteFile(filepath.Join(dir, "aplay"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	play, by := findSound(filepath.Join(dir, "cache"))
	if by != "aplay" {
		t.Fatalf("played by %q", by)
	}
	if err := play(context.Background()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(heard)
	if err != nil || !strings.HasPrefix(string(b), "-q ") || !strings.HasSuffix(string(b), "alert.wav\n") {
		t.Errorf("%q, %v", b, err)
	}
}
