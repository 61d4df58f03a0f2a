package collector

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"danmaku/event"
	"danmaku/internal/simroom"
)

// The platform's doubt about one room is told of that room, once in the log,
// and costs the other rooms nothing: not even one that has to connect anew.
func TestARoomUnderRiskControlIsToldAndTheOthersGoOn(t *testing.T) {
	for _, v := range []struct {
		fault string
		state event.State
		cause event.Cause
		path  string // the call that is refused
		most  int    // such calls for the room in an hour
	}{
		{"-352@0s/1h#1002", event.StateRiskControl, event.CauseRiskControl, "/xlive/web-room/v1/index/getDanmuInfo", 2 + 6},
		{"-412@0s/1h#1002", event.StateRefused, event.CauseRefused, "/room/v1/Room/room_init", 1 + 4},
		{"http=412@0s/1h#1002", event.StateRefused, event.CauseRefused, "/room/v1/Room/room_init", 1 + 4},
	} {
		t.Run(v.fault[:4], func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, worldConfig{keep: true, archive: &memory{}, sim: simroom.Config{Rate: 0.1,
					Rooms: []simroom.Room{{ID: 1001}, {ID: 1002}, {ID: 1003}}, Faults: faults(t, v.fault, "expire-token@30m", "expire-token@55m")}})
				for _, room := range []event.RoomID{1001, 1002, 1003} {
					w.join(room)
				}
				const others = 2
				began := time.Now()
				var until event.Millis
				var rests []time.Duration
				<-time.After(15 * time.Second) // not at the moments at which tokens expire
				for time.Since(began) < 59*time.Minute {
					<-time.After(30 * time.Second)
					for _, s := range w.c.Rooms() {
						if s.Room != 1002 && s.State != event.StateOnline {
							t.Errorf("after %v room %d is %s: %s", time.Since(began), s.Room, s.State, s.Detail)
						}
						if s.Room != 1002 || s.State == event.StateConnecting {
							continue
						}
						if s.State != v.state || s.Cause != v.cause || s.Until == 0 || s.Detail == "" || !strings.Contains(s.Advice, "tried again by itself") {
							t.Fatalf("after %v the room is %+v", time.Since(began), s)
						}
						if s.Until != until {
							until = s.Until
							rests = append(rests, time.Until(s.Until.Time()))
						}
					}
				}
				for i := range rests[1:] {
					if rests[i+1] < rests[i] && rests[i+1] < 29*time.Minute {
						t.Errorf("the pauses do not grow: %v", rests)
					}
				}
				// Each of the others asked for a token at the start and after each of the
				// two times that they were void, and who it is once.
				asked := others
				if v.state == event.StateRiskControl {
					asked += 2 * others
				}
				if n := w.platform.Calls()[v.path] - asked; n < len(rests) || n > v.most {
					t.Errorf("the room was asked for %d times in an hour, after rests of %v", n, rests)
				}
				if n := strings.Count(w.log.String(), fmt.Sprintf("room=1002 state=%s", v.state)); n != 1 {
					t.Errorf("the log says it %d times:\n%s", n, w.log.String())
				}
				<-time.After(time.Hour) // more than the longest pause, and what is added to it
				for _, s := range w.c.Rooms() {
					if s.State != event.StateOnline || s.Advice != "" {
						t.Errorf("in the end room %d is %s: %s", s.Room, s.State, s.Advice)
					}
				}
			})
		})
	}
}
