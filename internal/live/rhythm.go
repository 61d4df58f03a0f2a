package live

import "time"

const (
	quietAtFirst = 5 * time.Minute // nothing is known of the room's traffic yet
	quietAtLeast = time.Minute
	quietAtMost  = time.Hour
)

// rhythm learns how often a room's messages come, to tell a silent server from
// a quiet room: "connected but silent" is what users of other programs complain
// of most (protocol.md 6.6).
type rhythm struct {
	last   time.Time
	mean   time.Duration // between messages that hold commands, moving average
	n      int
	doubts int // times silence made us change the server since something came
}

// beat takes note of a message with commands.
func (r *rhythm) beat(now time.Time) {
	r.doubts = 0
	if !r.last.IsZero() {
		gap := now.Sub(r.last)
		weight := 20
		if r.n < weight {
			weight = r.n + 1
		}
		r.mean += (gap - r.mean) / time.Duration(weight)
		r.n++
	}
	r.last = now
}

// rest forgets the last beat: what follows is no pause of the room's.
func (r *rhythm) rest() { r.last = time.Time{} }

// patience is how long a silence of a live room is taken for quiet: forty times
// the usual pause, and twice as long after each change of server that did not
// help, up to an hour.
func (r *rhythm) patience() time.Duration {
	d := quietAtFirst
	if r.n >= 10 {
		d = min(max(40*r.mean, quietAtLeast), quietAtMost)
	}
	for range r.doubts {
		if d *= 2; d >= quietAtMost {
			return quietAtMost
		}
	}
	return d
}
