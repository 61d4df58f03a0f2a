package gui

import (
	"danmaku/event"
	"danmaku/gui/model"
)

// words is everything the window says, in one language. A test checks that no
// language leaves anything out and that formats take the same values.
type words struct {
	myriads                     bool // counts by ten thousands
	tenThousand, hundredMillion string

	// Rooms.
	AllRooms, AddRoom, AddRoomHint, AddRoomTitle, AddRoomHelp string
	BadAddress, ShortAddress, Joining, JoinFailed, LeaveRoom  string
	OpenInBrowser, CopyAddress, RoomNumber                    string
	States                                                    map[event.State]string
	Advice                                                    map[event.State]string
	Causes                                                    map[event.Cause]string
	RuleProblem                                               string
	RuleProblems                                              map[event.RuleProblem]string
	NextTry, Live, NotLive, NoRelay, NoRelayAdvice            string
	Masked, MaskedThere                                       map[event.Masking]string // here, and through a relay
	LinkProblems                                              map[model.LinkProblem]string
	Reasons                                                   map[string]string // what errors are about

	// Chat.
	Newer, Replying, Repeats, Backlog, GapLine, GapOpen, LaggedLine string
	LiveLine, OfflineLine, TitleLine, RedPacketLine, LotteryLine    string
	Moderation, Arrivals, Units                                     map[string]string
	Guards                                                          [4]string
	GuardNew, GuardRenewed, Admin, Recalled, Anonymous              string
	EmptyChat, EmptyChatOffline, EmptyChatWaiting, EmptyPaid        string
	Seconds, Minutes, Hours                                         string

	// Column and header.
	Paid, Chat, SuperChats, SuperChat, Totals, Givers                         string
	Watched, Online, Likes, PerSecond, Comments, Lasting                      string
	Archived, NotArchived, NotArchivedAdvice, NoGaps, GapsOf, Frames, Dropped string
	AllConnected, SomeConnected                                               string

	// Menus and actions.
	Copy, CopyText, CopyName, Close, Cancel, OK, Add string
	Settings, Search, Help, Failed                   string
	Cut, Paste, SelectAll, Undo, Redo                string

	// Settings.
	LanguageLabel, LookLabel, LookSystem, LookDark, LookLight string
	FontLabel, FontBuiltIn, FontPoor, FontBroken              string
	TextSizeLabel, GiftsLabel, ShowAllGifts, CheaperThan      string
	FoldRepeats, ShowMedals, ShowTimes, ShowArrivals          string

	// First start.
	Welcome, WelcomeText, TryDemo, StartingDemo  string
	SearchHint                                   string
	SearchHelp                                   string
	NoArchive                                    string
	Searching, SearchingOn                       string
	NothingFound                                 string
	Hits                                         string
	HitsMore                                     string
	SearchFailed                                 string
	ThisRoom                                     string
	LastDay                                      string
	Around                                       string
	FormerNames                                  string
	SeenFrom                                     string
	InRooms                                      string
	AllOfPerson                                  string
	HighlightPerson                              string
	NoHighlight                                  string
	MutePerson                                   string
	NoMute                                       string
	Highlighted, NotHighlighted, Muted, NotMuted string
	NotePerson                                   string
	NoteOn                                       string
	NoteHint                                     string
	Past                                         pastWords
	Desk                                         deskWords
	Account                                      accountWords
	Stage                                        stageWords
	Keys                                         keyWords
	Alerts                                       alertWords
	Relay                                        relayWords
}
