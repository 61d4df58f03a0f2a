package gui

import "danmaku/event"

// Settings is what the window remembers. The zero value of a field of a newer
// version is its default, so an older file always loads.
type Settings struct {
	Language   Language   `json:"language,omitempty"` // "": by the locale
	Appearance Appearance `json:"appearance,omitempty"`
	TextSize   float32    `json:"text_size,omitempty"` // of comments; 0: 14
	// Font is the file of the user's font; empty: the built-in ones. FontTrial is
	// the one being tried: if it brings the program down, it is not tried again.
	Font       string         `json:"font,omitempty"`
	FontTrial  string         `json:"font_trial,omitempty"`
	Times      bool           `json:"times,omitempty"`
	NoMedals   bool           `json:"no_medals,omitempty"`
	NoFolding  bool           `json:"no_folding,omitempty"`
	Arrivals   bool           `json:"arrivals,omitempty"`
	CheapBelow event.Money    `json:"cheap_below,omitempty"`
	Rooms      []event.RoomID `json:"rooms,omitempty"` // to join again
	Shown      event.RoomID   `json:"shown,omitempty"` // the one on show; 0: all
	// Rules, one each, in the language of event.Rule.
	Highlights []string `json:"highlights,omitempty"`
	Mutes      []string `json:"mutes,omitempty"`
	// People are the names of those who have rules of their own, by these rules.
	People map[string]string `json:"people,omitempty"`
	// Notes on people, by id.
	Notes  map[string]string `json:"notes,omitempty"`
	Width  float32           `json:"width,omitempty"`
	Height float32           `json:"height,omitempty"`
	// ExportFormat and ExportDir are those of the last export.
	ExportFormat Format        `json:"export_format,omitempty"`
	ExportDir    string        `json:"export_dir,omitempty"`
	Stage        StageSettings `json:"stage"`
	Alerts       []AlertRule   `json:"alerts,omitempty"`
	AlertsOff    bool          `json:"alerts_off,omitempty"`
	Relay        bool          `json:"relay,omitempty"` // switched on at the start
}

// tidy puts defaults in the place of what makes no sense.
func (s *Settings) tidy() {
	if s.TextSize < 10 || s.TextSize > 40 {
		s.TextSize = 14
	}
	switch s.Appearance {
	case Dark, Light, System:
	default:
		s.Appearance = System
	}
	if s.Width < 360 || s.Width > 10_000 || s.Height < 300 || s.Height > 10_000 {
		s.Width, s.Height = 1180, 720
	}
}
