package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"danmaku/gui/prelude"
)

// Sounds are played by a program of the desktop: a library for it would need
// ALSA's headers to build.

// player is a program that plays a WAV file, before which args stand.
type player struct {
	name string
	args []string
}

// players are the programs to try, in order.
func players(system string) []player {
	switch system {
	case "darwin":
		return []player{{"afplay", nil}}
	case "windows":
		return []player{{"powershell", []string{"-NoProfile", "-NonInteractive", "-Command", "(New-Object Media.SoundPlayer $args[0]).PlaySync()"}}}
	}
	return []player{{"pw-play", nil}, {"paplay", nil}, {"aplay", []string{"-q"}}, {"canberra-gtk-play", []string{"-f"}}}
}

// soundTimeout ends a player that hangs: the sound takes half a second.
const soundTimeout = 10 * time.Second

// findSound returns a function that plays the sound of alerts, which is kept in
// a file of dir, and what plays it; nil when there is nothing that could.
func findSound(dir string) (play func(context.Context) error, by string) {
	for _, p := range players(runtime.GOOS) {
		path, err := exec.LookPath(p.name)
		if err != nil {
			continue
		}
		file := filepath.Join(dir, "alert.wav")
		return func(ctx context.Context) error {
			if err := keepSound(file); err != nil {
				return fmt.Errorf("sound: %w", err)
			}
			ctx, cancel := context.WithTimeout(ctx, soundTimeout)
			defer cancel()
			cmd := exec.CommandContext(ctx, path, append(p.args[:len(p.args):len(p.args)], file)...)
			cmd.Env = prelude.Environ()
			if err := cmd.Run(); err != nil {
				return fmt.Errorf("sound: %s: %w", p.name, err)
			}
			return nil
		}, p.name
	}
	return nil, ""
}

// keepSound writes the sound to its file when it is not there.
func keepSound(file string) error {
	if info, err := os.Stat(file); err == nil && info.Size() > 44 {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return os.WriteFile(file, chime(), 0o600)
}

const soundRate = 22_050 // samples per second

// chime is the sound of alerts as a WAV file: two soft tones, a fifth apart.
func chime() []byte {
	const length = soundRate * 55 / 100
	b := make([]byte, 44, 44+2*length)
	copy(b, "RIFF")
	binary.LittleEndian.PutUint32(b[4:], 36+2*length)
	copy(b[8:], "WAVEfmt ")
	binary.LittleEndian.PutUint32(b[16:], 16)
	binary.LittleEndian.PutUint16(b[20:], 1) // PCM
	binary.LittleEndian.PutUint16(b[22:], 1) // channel
	binary.LittleEndian.PutUint32(b[24:], soundRate)
	binary.LittleEndian.PutUint32(b[28:], 2*soundRate)
	binary.LittleEndian.PutUint16(b[32:], 2)
	binary.LittleEndian.PutUint16(b[34:], 16)
	copy(b[36:], "data")
	binary.LittleEndian.PutUint32(b[40:], 2*length)
	tone := func(at, from, pitch float64) float64 {
		if at -= from; at < 0 {
			return 0
		}
		return math.Sin(2*math.Pi*pitch*at) * math.Exp(-at*9) * math.Min(1, at*200)
	}
	for i := range length {
		at := float64(i) / soundRate
		v := 0.35 * (tone(at, 0, 783.99) + tone(at, 0.12, 1174.66))
		b = binary.LittleEndian.AppendUint16(b, uint16(int16(v*math.MaxInt16)))
	}
	return b
}
