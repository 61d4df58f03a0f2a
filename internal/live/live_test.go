package live

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"danmaku/event"
	"danmaku/protocol"
)

func TestASessionAuthenticatesBeatsAndDelivers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var beats []time.Time
		h := newHosts(t, func(p *peer) {
			if p.auth != (protocol.Auth{Room: 21452505, Protover: 3, Platform: "web", Type: 2, Buvid: "BV", Key: "tok"}) {
				t.Errorf("authenticated with %+v", p.auth)
			}
			if p.header.Get("User-Agent") != "UA/1" || p.header.Get("Origin") != "https://live.bilibili.com" || p.header.Get("Cookie") != "" {
				t.Errorf("dialed with the headers %v", p.header)
			}
			p.accept()
			p.command("%s", comment("a1", "第一条"))
			for {
				packet, ok := p.next()
				if !ok {
					return
				}
				if packet.Op != protocol.OpHeartbeat || len(packet.Body) > 0 {
					t.Errorf("packet %v %q, want an empty heartbeat", packet.Op, packet.Body)
				}
				beats = append(beats, time.Now())
				p.send(protocol.AppendHeartbeatReply(nil, 1))
				p.command("%s", comment(fmt.Sprint("b", len(beats)), "。"))
			}
		})
		start0 := time.Now()
		s := start(t, h, nil)
		<-time.After(time.Hour + time.Second)
		if err := s.stop(); !errors.Is(err, context.Canceled) {
			t.Errorf("Run returned %v", err)
		}
		if len(beats) != 121 || beats[0] != start0 || beats[120].Sub(beats[119]) != 30*time.Second {
			t.Errorf("%d heartbeats in an hour, the first after %v", len(beats), beats[0].Sub(start0))
		}
		if got := len(s.all()); got != 122 {
			t.Errorf("%d events, want 122", got)
		}
		if got := s.told(); !strings.HasPrefix(got, "<connecting> <connecting> <online> 第一条 。 ") && !strings.HasPrefix(got, "<connecting> <online> 第一条 。 ") || !strings.HasSuffix(got, "<stopped>") {
			t.Errorf("story %.200s", got)
		}
		if h.count() != 1 {
			t.Errorf("%d connections in an hour", h.count())
		}
	})
}

func TestADeadConnectionIsNoticedAndTheGapBeginsAtItsLastSignOfLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHosts(t, func(p *peer) {
			p.accept()
			stop := make(chan struct{})
			if p.n == 0 {
				go func() { <-time.After(10*time.Minute - 15*time.Second); close(stop) }()
			}
			p.answer(stop)
			for p.n == 0 { // half-open: it takes what we send and says nothing
				if _, ok := p.next(); !ok {
					return
				}
			}
		})
		began := time.Now()
		s := start(t, h, notLive)
		<-time.After(15 * time.Minute)
		gaps := s.gaps()
		if len(gaps) != 1 || gaps[0].To == nil {
			t.Fatalf("gaps %+v; %s", gaps, s.told())
		}
		from, to := gaps[0].From.Time().Sub(began), gaps[0].To.Time().Sub(began)
		if from != 9*time.Minute+30*time.Second || to > 10*time.Minute+20*time.Second || gaps[0].Cause != event.CauseNetwork {
			t.Errorf("gap from %v to %v, cause %s (%s)", from, to, gaps[0].Cause, gaps[0].Detail)
		}
		s.stop()
	})
}

func TestAConnectionThatTheServerClosesIsCoveredUpToTheClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHosts(t, func(p *peer) {
			p.accept()
			if p.n > 0 {
				p.answer(nil)
				return
			}
			go p.answer(nil)
			<-time.After(100*time.Second + time.Millisecond)
			p.command("%s", comment("z", "最后"))
			p.Close()
		})
		began := time.Now()
		s := start(t, h, nil)
		<-time.After(5 * time.Minute)
		gaps := s.gaps()
		if len(gaps) != 1 || gaps[0].From.Time().Sub(began) != 100*time.Second+time.Millisecond || gaps[0].To.Time().Sub(began) > 102*time.Second {
			t.Errorf("gaps %+v", gaps)
		}
		if h.count() != 2 || h.dialed(0) == h.dialed(1) {
			t.Errorf("dialed %v, want another host after the first", h.dialTimes())
		}
		s.stop()
	})
}

func TestAnOutageOfHoursIsWaitedOutWithoutHammering(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHosts(t, func(p *peer) { p.accept(); p.answer(nil) })
		h.refuse["a:1"], h.refuse["b:2"] = errUnreachable, errUnreachable
		var resolved atomic.Int64
		s := start(t, h, func(c *Config) {
			inner := c.Resolve
			c.Resolve = func(ctx context.Context, id event.RoomID) (Endpoint, error) { resolved.Add(1); return inner(ctx, id) }
		})
		<-time.After(6 * time.Hour)
		if st := s.last(); st.State != event.StateWaiting && st.State != event.StateConnecting || st.Cause != event.CauseNetwork || st.Advice == "" || st.Detail == "" {
			t.Errorf("status %+v", st)
		}
		at := h.dialTimes()
		if n := len(at); n < 6*60 || n > 6*120+10 {
			t.Errorf("%d dials in six hours", n)
		}
		for i := 10; i < len(at); i++ {
			if d := at[i].Sub(at[i-1]); d < 30*time.Second || d > time.Minute {
				t.Fatalf("dial %d came %v after the one before", i, d)
			}
		}
		if n := int(resolved.Load()); n > len(at)/3+1 {
			t.Errorf("%d tokens for %d dials, want one for three", n, len(at))
		}
		h.mu.Lock()
		clear(h.refuse)
		h.mu.Unlock()
		back := time.Now()
		<-time.After(61 * time.Second)
		if st := s.last(); st.State != event.StateOnline || st.Since.Time().Sub(back) > time.Minute {
			t.Errorf("a minute after the network came back: %+v", st)
		}
		s.stop()
	})
}

func TestARefusedTokenIsRenewedAtOnceAndOnlyOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHosts(t, func(p *peer) {
			if p.auth.Key == "tok1" {
				p.send(protocol.AppendAuthReply(nil, protocol.AuthReply{Code: -101}))
				p.next()
				return
			}
			p.accept()
			if p.n == 1 { // expires while connected
				go func() {
					<-time.After(90 * time.Second)
					p.send(protocol.AppendAuthReply(nil, protocol.AuthReply{Code: -101}))
				}()
			}
			p.answer(nil)
		})
		var tokens atomic.Int64
		s := start(t, h, func(c *Config) {
			notLive(c)
			c.Resolve = func(_ context.Context, id event.RoomID) (Endpoint, error) {
				return Endpoint{URLs: []string{"ws://a:1/sub"}, Token: fmt.Sprint("tok", tokens.Add(1))}, nil
			}
		})
		<-time.After(time.Minute)
		if tokens.Load() != 2 || !s.last().State.Connected() {
			t.Errorf("%d tokens, %s", tokens.Load(), s.told())
		}
		<-time.After(time.Minute)
		if tokens.Load() != 3 || !s.last().State.Connected() {
			t.Errorf("%d tokens after the second expired, %s", tokens.Load(), s.told())
		}
		if gaps := s.gaps(); len(gaps) != 1 || gaps[0].Cause != event.CauseToken {
			t.Errorf("gaps %+v", gaps)
		}
		<-time.After(time.Hour)
		if tokens.Load() != 3 || h.count() != 3 {
			t.Errorf("%d tokens and %d connections for a quiet hour", tokens.Load(), h.count())
		}
		s.stop()
	})
}

type refusal struct{ s event.Status }

func (r refusal) Error() string        { return "code " + string(r.s.State) }
func (r refusal) Status() event.Status { return r.s }

func TestWhatThePlatformSaysIsToldAndWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHosts(t, func(p *peer) { p.accept(); p.answer(nil) })
		asked := make(chan time.Time, 10)
		until := time.Now().Add(7 * time.Minute)
		s := start(t, h, func(c *Config) {
			inner := c.Resolve
			c.Resolve = func(ctx context.Context, id event.RoomID) (Endpoint, error) {
				asked <- time.Now()
				if len(asked) == 1 {
					return Endpoint{}, refusal{event.Status{State: event.StateRiskControl, Cause: event.CauseRiskControl, Advice: "log in", Until: event.At(until)}}
				}
				return inner(ctx, id)
			}
		})
		<-time.After(time.Minute)
		if st := s.last(); st.State != event.StateRiskControl || st.Cause != event.CauseRiskControl || st.Advice != "log in" || st.Until < event.At(until) {
			t.Errorf("status %+v", st)
		}
		<-time.After(9 * time.Minute)
		if n := len(asked); n != 2 {
			t.Fatalf("asked %d times", n)
		}
		<-asked
		if at := <-asked; at.Before(until) || at.After(until.Add(time.Minute)) || s.last().State != event.StateOnline {
			t.Errorf("asked at %v, the platform said %v; %s", at, until, s.told())
		}
		s.stop()
	})
}

func TestARoomThatDoesNotExistEndsTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHosts(t, nil)
		s := start(t, h, func(c *Config) {
			c.Redundant = true
			c.Lookup = func(context.Context, event.RoomID) (event.Status, error) {
				return event.Status{}, refusal{event.Status{State: event.StateNotFound, Advice: "check the number"}}
			}
		})
		err := <-s.done
		var r refusal
		if !errors.As(err, &r) || s.last().State != event.StateNotFound || s.last().Advice != "check the number" {
			t.Errorf("Run returned %v, status %+v", err, s.last())
		}
	})
}

func TestALockedRoomIsLookedAtEveryTenMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHosts(t, func(p *peer) { p.accept(); p.answer(nil) })
		var looks atomic.Int64
		s := start(t, h, func(c *Config) {
			c.Lookup = func(context.Context, event.RoomID) (event.Status, error) {
				st := event.Status{Room: 7, Live: true}
				if looks.Add(1) <= 6 {
					st.State = event.StateLocked
				}
				return st, nil
			}
		})
		<-time.After(30 * time.Minute)
		if n := looks.Load(); n < 3 || n > 4 || s.last().State != event.StateLocked && s.last().State != event.StateConnecting || h.count() > 0 {
			t.Errorf("%d looks, %d dials in 30 minutes; %+v", n, h.count(), s.last())
		}
		<-time.After(40 * time.Minute)
		if s.last().State != event.StateOnline {
			t.Errorf("after the lock: %+v", s.last())
		}
		s.stop()
	})
}

func TestMaskedNamesAndTheBroadcastShowInTheState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		steps := make(chan string)
		h := newHosts(t, func(p *peer) {
			p.accept()
			go p.answer(nil)
			for text := range steps {
				p.command("%s", text)
			}
		})
		s := start(t, h, nil)
		step := func(text string, want event.State) event.Status {
			t.Helper()
			if text != "" {
				steps <- text
			}
			synctest.Wait()
			if st := s.last(); st.State != want {
				t.Errorf("after %.40s: %s, want %s", text, st.State, want)
			}
			return s.last()
		}
		step("", event.StateOnline)
		step(`{"cmd":"PREPARING","roomid":"21452505"}`, event.StateOffline)
		st := step(`{"cmd":"LIVE","roomid":21452505,"live_key":"77","live_time":1700000000}`, event.StateOnline)
		if !st.Live || st.LiveFrom != 1700000000000 {
			t.Errorf("live: %+v", st)
		}
		st = step(`{"cmd":"ROOM_CHANGE","data":{"title":"新标题","area_name":"单机","parent_area_name":"游戏"}}`, event.StateOnline)
		if st.Title != "新标题" || st.Area != "游戏 · 单机" {
			t.Errorf("room change: %+v", st)
		}
		st = step(`{"cmd":"LOG_IN_NOTICE","data":{"notice_msg":"为保护用户隐私，未登录无法查看他人昵称"}}`, event.StateMasked)
		if st.Advice != adviceMasked {
			t.Errorf("advice %q", st.Advice)
		}
		for i := range 16 { // exempt after all
			steps <- comment(fmt.Sprint("x", i), "名字可见")
		}
		step("", event.StateOnline)
		close(steps)
		s.stop()
	})
}

func TestSilenceIsToldFromAQuietRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHosts(t, func(p *peer) {
			p.accept()
			go p.answer(nil)
			if p.host != "a:1" {
				for i := 0; ; i++ {
					<-time.After(2 * time.Second)
					if !p.command("%s", comment(fmt.Sprint(p.n, "-", i), "b")) {
						return
					}
				}
			}
			for i := range 300 { // ten minutes of traffic, then heartbeats only
				<-time.After(2 * time.Second)
				p.command("%s", comment(fmt.Sprint(p.n, "-", i), "a"))
			}
			<-time.After(24 * time.Hour)
		})
		began := time.Now()
		s := start(t, h, nil)
		<-time.After(30 * time.Minute)
		gaps := s.gaps()
		if len(gaps) != 1 || gaps[0].Cause != event.CauseSilence || gaps[0].To == nil {
			t.Fatalf("gaps %+v", gaps)
		}
		from, to := gaps[0].From.Time().Sub(began), gaps[0].To.Time().Sub(began)
		if from != 10*time.Minute || to < 11*time.Minute || to > 11*time.Minute+30*time.Second {
			t.Errorf("gap from %v to %v, want from the last command to soon after 40 usual pauses", from, to)
		}
		s.stop()
		h.close()
	})
}

func TestASilentRoomIsDoubtedEverMoreRarely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHosts(t, func(p *peer) { p.accept(); p.answer(nil) })
		s := start(t, h, nil)
		<-time.After(24 * time.Hour)
		if n := h.count(); n < 20 || n > 30 { // 5+10+20+40 minutes, then hourly
			t.Errorf("%d connections in a day without a command", n)
		}
		s.stop()
	})
	synctest.Test(t, func(t *testing.T) {
		h := newHosts(t, func(p *peer) { p.accept(); p.answer(nil) })
		s := start(t, h, notLive)
		<-time.After(24 * time.Hour)
		if n := h.count(); n != 1 || s.last().State != event.StateOffline {
			t.Errorf("%d connections in a day to a room that is not live, %s", n, s.last().State)
		}
		s.stop()
	})
}

func TestBackPressureReachesTheSocketAndIsNoSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent atomic.Int64
		h := newHosts(t, func(p *peer) {
			p.accept()
			go func() { // a kernel would take the heartbeats meanwhile
				for _, ok := p.next(); ok; _, ok = p.next() {
				}
			}()
			for sent.Load() < 100 {
				if !p.command("%s", comment(fmt.Sprint(sent.Load()), "满")) {
					return
				}
				sent.Add(1)
			}
			<-time.After(24 * time.Hour)
		})
		block := make(chan struct{})
		s := start(t, h, func(c *Config) {
			inner := c.Emit
			c.Emit = func(ctx context.Context, d Delivery) error { <-block; return inner(ctx, d) }
		})
		<-time.After(time.Hour)
		if n := sent.Load(); n > 2 {
			t.Errorf("the server could send %d messages that nobody took", n)
		}
		close(block)
		<-time.After(time.Second)
		if len(s.all()) != 100 || h.count() != 1 {
			t.Errorf("%d events over %d connections, want 100 over one", len(s.all()), h.count())
		}
		s.stop()
		h.close()
	})
}

func TestBadMessagesCostThemselvesAndNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHosts(t, func(p *peer) {
			p.accept()
			go p.answer(nil)
			p.send([]byte{0, 0, 0})                                                                // cut header
			p.send(make([]byte, 16))                                                               // length 0
			p.send([]byte("\x00\x00\x00\x14\x00\x10\x00\x03\x00\x00\x00\x05\x00\x00\x00\x00abcd")) // not brotli
			p.command("%s", comment("one", "一"))
			p.send(make([]byte, maxMessage+1000)) // giant
			p.command("not json")
			p.command(`{"cmd":7}`)
			p.command("%s", comment("two", "二"))
			<-time.After(24 * time.Hour)
		})
		var errs atomic.Int64
		s := start(t, h, func(c *Config) {
			inner := c.Emit
			c.Emit = func(ctx context.Context, d Delivery) error { errs.Add(int64(d.Errors)); return inner(ctx, d) }
		})
		<-time.After(time.Minute)
		var texts []string
		for _, e := range s.all() {
			if e.Comment != nil {
				texts = append(texts, e.Comment.Text)
			} else if len(e.Raw) == 0 || len(e.Raw) > 100_000 {
				t.Errorf("an event of kind %s keeps %d bytes of raw", e.Kind, len(e.Raw))
			}
		}
		if strings.Join(texts, "") != "一二" || len(s.all()) != 8 || errs.Load() < 5 || h.count() != 1 {
			t.Errorf("comments %v, %d events, %d errors, %d connections", texts, len(s.all()), errs.Load(), h.count())
		}
		s.stop()
		h.close()
	})
}

func TestADialThatHangsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHosts(t, func(p *peer) {
			if p.host == "a:1" {
				p.next() // never answers the authentication
				return
			}
			p.accept()
			p.answer(nil)
		})
		began := time.Now()
		s := start(t, h, nil)
		<-time.After(time.Minute)
		if st := s.last(); st.State != event.StateOnline || st.Since.Time().Sub(began) > 12*time.Second || st.Host != "b:2" {
			t.Errorf("status %+v, %v after the start", st, st.Since.Time().Sub(began))
		}
		s.stop()
	})
}
