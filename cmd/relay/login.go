package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"danmaku/internal/bilibili"
	"danmaku/internal/cli"

	"rsc.io/qr"
)

type login struct {
	Light bool `help:"Draw for a terminal with a light background."`
}

// run draws the code on standard error, so that it never ends up in a file by
// a redirection, and saves the cookies where --cookie-file says.
func (l *login) run(ctx context.Context, f *flags, log *slog.Logger) error {
	path := f.CookieFile
	if path == "" {
		dir, err := cli.DataDir()
		if err != nil {
			return err
		}
		path = filepath.Join(dir, "cookies.txt")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("folder of the cookie file: %w", err)
	}
	platform, err := bilibili.New(bilibili.Config{Upstream: f.Upstream, UserAgent: f.UserAgent, Log: log})
	if err != nil {
		return err
	}
	defer platform.CloseIdle()
	code, err := platform.BeginLogin(ctx)
	if err != nil {
		return advised(err)
	}
	if err := drawQR(os.Stderr, code.URL, l.Light); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "Scan this with the Bilibili app on your phone (我的 → 扫一扫) and confirm there. It is valid until %s.\n",
		code.Expires.Format(time.TimeOnly))
	cookies, err := code.Run(ctx, func(s bilibili.LoginState) {
		if s == bilibili.LoginScanned {
			fmt.Fprintln(os.Stderr, "Scanned. Now confirm on the phone.")
		}
	})
	if err != nil {
		return advised(err)
	}
	if err := cookies.Write(path); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "Logged in. Whoever has the cookies has the account, so keep the file to yourself. Use it with:")
	fmt.Printf("relay --cookie-file %q\n", path)
	return nil
}

// advised adds to a refusal of the platform what to do about it. The pause that
// it asks for ends with the program, so it is for the user to keep.
func advised(err error) error {
	var refusal *bilibili.APIError
	if !errors.As(err, &refusal) || refusal.Until.IsZero() {
		return err
	}
	first := "wait"
	if errors.Is(err, bilibili.ErrRiskControl) {
		first = "open Bilibili in a browser and log in there once"
	}
	return fmt.Errorf("%w; %s, then run relay login again, not before %s", err, first, refusal.Until.Format(time.TimeOnly))
}

// drawQR draws two rows of the code in each line of text, with the four
// modules of quiet space around it that scanners need.
func drawQR(w io.Writer, text string, light bool) error {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return fmt.Errorf("QR code: %w", err)
	}
	const quiet = 4
	b := bufio.NewWriter(w)
	for y := -quiet; y < code.Size+quiet; y += 2 {
		for x := -quiet; x < code.Size+quiet; x++ {
			// On a dark terminal the drawn blocks are the light modules.
			upper, lower := code.Black(x, y) == light, code.Black(x, y+1) == light
			switch {
			case upper && lower:
				_, _ = b.WriteString("█")
			case upper:
				_, _ = b.WriteString("▀")
			case lower:
				_, _ = b.WriteString("▄")
			default:
				_ = b.WriteByte(' ')
			}
		}
		_ = b.WriteByte('\n')
	}
	return b.Flush()
}
