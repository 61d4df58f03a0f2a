package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"danmaku/event"
	"danmaku/internal/cli"

	"github.com/mattn/go-runewidth"
)

// rooms speaks to a running relay over its HTTP address.
type rooms struct {
	List struct{} `cmd:"" help:"List the rooms and what their sessions are doing."`
	Add  struct {
		Room []event.RoomID `arg:"" help:"Rooms to join, by long or short id."`
	} `cmd:"" help:"Join rooms."`
	Remove struct {
		Room []event.RoomID `arg:"" help:"Rooms to leave."`
	} `cmd:"" help:"Leave rooms."`
}

func (r *rooms) run(ctx context.Context, f *flags, command string, w io.Writer) error {
	c, err := dialRelay(f)
	if err != nil {
		return err
	}
	switch verb := strings.Fields(command)[1]; verb {
	case "add":
		for _, id := range r.Add.Room {
			var s event.Status
			if err := c.call(ctx, http.MethodPut, "/v1/rooms/"+id.String(), &s); err != nil {
				return fmt.Errorf("join room %d: %w", id, err)
			}
			fmt.Fprintf(w, "joined %d  %s\n", s.Room, plain(s.Title))
		}
		return nil
	case "remove":
		for _, id := range r.Remove.Room {
			if err := c.call(ctx, http.MethodDelete, "/v1/rooms/"+id.String(), nil); err != nil {
				return fmt.Errorf("leave room %d: %w", id, err)
			}
			fmt.Fprintf(w, "left %d\n", id)
		}
		return nil
	}
	var answer struct{ Rooms []event.Status }
	if err := c.call(ctx, http.MethodGet, "/v1/rooms", &answer); err != nil {
		return err
	}
	if len(answer.Rooms) == 0 {
		fmt.Fprintln(w, "The relay has joined no room. Join one:  relay rooms add 21452505")
		return nil
	}
	fmt.Fprintf(w, "%-12s %-13s %-9s %-16s %s\n", "ROOM", "STATE", "EVENTS", "STREAMER", "TITLE")
	for _, s := range answer.Rooms {
		fmt.Fprintf(w, "%-12d %-13s %-9d %s %s\n", s.Room, s.State, s.Events, cell(plain(s.Streamer), 16), plain(s.Title))
		if s.Advice != "" && s.State != event.StateOnline {
			fmt.Fprintf(w, "%12s %s\n", "", plain(s.Advice))
		}
	}
	return nil
}

// plain takes out of a text of the platform what would move a terminal's
// cursor or turn the direction of writing round.
func plain(s string) string {
	return strings.Map(func(c rune) rune {
		if c < 0x20 || c >= 0x7f && c < 0xa0 || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069 {
			return -1
		}
		return c
	}, s)
}

func cell(s string, width int) string {
	return runewidth.FillRight(runewidth.Truncate(s, width, "…"), width)
}

// client calls a running relay.
type client struct {
	base  string
	token string
}

// dialRelay finds the relay that these flags would run: it listens at
// --listen and takes the tokens of --token-file.
func dialRelay(f *flags) (*client, error) {
	host, port, err := net.SplitHostPort(f.Listen)
	if err != nil {
		return nil, cli.Usagef("--listen %s: %v", f.Listen, err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	c := &client{base: "http://" + net.JoinHostPort(host, port)}
	if f.TLSCert != "" {
		c.base = "https://" + net.JoinHostPort(host, port)
	}
	if f.TokenFile == "" {
		return c, nil
	}
	file, err := os.Open(f.TokenFile)
	if err != nil {
		return nil, fmt.Errorf("token file: %w", err)
	}
	defer file.Close()
	for sc := bufio.NewScanner(file); sc.Scan(); {
		line, _, _ := strings.Cut(sc.Text(), "#")
		if w := strings.Fields(line); len(w) >= 2 && w[0] == "admin" {
			c.token = w[1]
			return c, nil
		}
	}
	return nil, fmt.Errorf("token file %s: there is no admin token in it; add a line: admin TOKEN", f.TokenFile)
}

func (c *client) call(ctx context.Context, method, path string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 40*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, nil)
	if err != nil {
		return err
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) && op.Op == "dial" {
			return fmt.Errorf("no relay answers at %s: %w; is it running? name its address with --listen", c.base, op.Err)
		}
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode >= 400 {
		var p struct {
			Error struct{ Message, Hint string }
		}
		if json.Unmarshal(body, &p) != nil || p.Error.Message == "" {
			return fmt.Errorf("%s is answered by something that is no relay (%s); name the relay's address with --listen", c.base, resp.Status)
		}
		return fmt.Errorf("%s; %s", p.Error.Message, p.Error.Hint)
	}
	if into == nil || resp.StatusCode == http.StatusNoContent {
		return nil
	}
	return json.Unmarshal(body, into)
}
