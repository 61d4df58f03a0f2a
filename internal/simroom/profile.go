package simroom

import (
	"fmt"
	"time"
)

// Profile is a load that was measured in real rooms: how many events a second
// on average and in bursts, of which sorts, and how often texts repeat. The
// bursts come once in every cycle of ten minutes; the rate between them is
// chosen so that the average over a cycle is Mean.
type Profile struct {
	Name   string
	Mean   float64 // events a second over a whole cycle
	Bursts []Burst
	Mix    Mix
	Repeat float64 // share of the comments whose text was said before, 0 to 1
	crowd  int     // people who keep talking
	full   bool    // bundles are as large as they may be
}

// Burst is a time of every cycle with another rate.
type Burst struct {
	At, For time.Duration
	Rate    float64 // events a second of the usual mix; 0: as between bursts
	Gifts   float64 // gifts a second on top: a gift storm
}

// Mix is the shares of the sorts of events, in percent.
type Mix struct{ Comment, Copy, Enter, Gift, Other float64 }

const cycle = 10 * time.Minute

// Profiles returns the load profiles by name: small, event and gala.
func Profiles() []Profile {
	return []Profile{
		{Name: "small", Mean: 0.5, Mix: Mix{25, 0, 20, 5, 50}, Repeat: 0.10, crowd: 30,
			Bursts: []Burst{{At: 60 * time.Second, For: 5 * time.Second, Rate: 10}}},
		{Name: "event", Mean: 40, Mix: Mix{30, 20, 15, 20, 15}, Repeat: 0.45, crowd: 600,
			Bursts: []Burst{{At: 60 * time.Second, For: 30 * time.Second, Rate: 150}, {At: 150 * time.Second, For: 60 * time.Second, Gifts: 30}}},
		{Name: "gala", Mean: 300, Mix: Mix{15, 10, 20, 35, 20}, Repeat: 0.65, crowd: 4000, full: true,
			Bursts: []Burst{{At: 60 * time.Second, For: 60 * time.Second, Rate: 1000}, {At: 180 * time.Second, For: 10 * time.Second, Rate: 5000}}},
	}
}

func profileNamed(name string) (Profile, error) {
	for _, p := range Profiles() {
		if p.Name == name {
			return p, nil
		}
	}
	return Profile{}, fmt.Errorf("simroom: no profile %q: there are small, event and gala", name)
}

// steady is p at one rate for ever.
func (p Profile) steady(rate float64) Profile {
	p.Mean, p.Bursts = rate, nil
	return p
}

// base is the rate between bursts.
func (p *Profile) base() float64 {
	rest, events := cycle.Seconds(), p.Mean*cycle.Seconds()
	for _, b := range p.Bursts {
		events -= b.Gifts * b.For.Seconds()
		if b.Rate > 0 {
			rest -= b.For.Seconds()
			events -= b.Rate * b.For.Seconds()
		}
	}
	return max(0, events/rest)
}

// rates tells how much happens at a time since the room began.
func (p *Profile) rates(t time.Duration) (usual, gifts float64) {
	t %= cycle
	usual = p.base()
	for _, b := range p.Bursts {
		if t >= b.At && t < b.At+b.For {
			if b.Rate > 0 {
				usual = b.Rate
			}
			gifts += b.Gifts
		}
	}
	return usual, gifts
}

// until is how long the rates stay as they are at t.
func (p *Profile) until(t time.Duration) time.Duration {
	t %= cycle
	next := cycle
	for _, b := range p.Bursts {
		for _, edge := range []time.Duration{b.At, b.At + b.For} {
			if edge > t && edge < next {
				next = edge
			}
		}
	}
	return next - t
}
