package gui

import "danmaku/event"

var english = words{
	AllRooms: "All rooms", AddRoom: "Add room", AddRoomHint: "Room number or address",
	AddRoomTitle: "Watch another room",
	AddRoomHelp:  "The number in the address of the room, or the whole address as the browser shows it.", Failed: "danmaku cannot go on",
	BadAddress:   "No room in this. It looks like 21452505 or live.bilibili.com/21452505.",
	ShortAddress: "This is a short link. Open it in a browser and paste the address it leads to.",
	Joining:      "Looking for the room…", JoinFailed: "Could not join: %s", LeaveRoom: "Stop watching",
	OpenInBrowser: "Open in browser", CopyAddress: "Copy address", RoomNumber: "Room %s",
	States: map[event.State]string{
		event.StateConnecting: "Connecting…", event.StateOnline: "Online", event.StateWaiting: "Connection lost",
		event.StateRiskControl: "Checked by the platform", event.StateRefused: "Refused by the platform",
		event.StateMasked: "Names hidden", event.StateOffline: "Not live", event.StateNotFound: "No such room",
		event.StateLocked: "Room is locked", event.StateStopped: "Stopped",
	},
	Advice: map[event.State]string{
		event.StateConnecting:  "",
		event.StateWaiting:     "It will reconnect by itself. If it goes on, check your network.",
		event.StateRiskControl: "The platform wants a login from this address. Log in, or wait: it is tried again by itself.",
		event.StateRefused:     "Too many requests came from this address. Waiting is the only cure; log in to be refused less.",
		event.StateMasked:      "You are not logged in, so the platform shortens names. Log in to see them.",
		event.StateNotFound:    "Check the number. It is not tried again.",
		event.StateLocked:      "The platform closed this room for a while. It is tried again by itself.",
		event.StateStopped:     "This room is not being watched.",
	},
	Causes: map[event.Cause]string{
		event.CauseNetwork: "network", event.CauseSilence: "server went silent", event.CauseToken: "token refused",
		event.CauseRiskControl: "checked by the platform", event.CauseRefused: "refused by the platform",
		event.CauseRestart: "danmaku was restarted", event.CauseDisk: "disk full or unwritable",
		event.CauseOfflineStart: "not yet connected", event.CauseUnknown: "cause unknown",
	},
	NoRelay: "No connection to the relay", NoRelayAdvice: "Is it running at %s?",
	NextTry: "next try in %s", Live: "Live", NotLive: "Not live",

	Newer: "%d new", Replying: "to %s", Repeats: "× %d", Backlog: "before you joined",
	GapLine: "Missed %s · %s", GapOpen: "Missing since here · %s", LaggedLine: "The window skipped %d events",
	LiveLine: "The broadcast began", OfflineLine: "The broadcast ended", TitleLine: "New title: %s",
	RedPacketLine: "%s gave out a red packet", LotteryLine: "Lottery: %s",
	Moderation: map[string]string{
		"warning": "Warning by the platform", "cutoff": "Cut off by the platform", "lock": "Room locked by the platform",
		"block": "{who} was muted", "silence": "Chat is restricted ({who})", "silence_end": "Chat is open again",
		"admin": "{who} became a moderator", "admin_end": "{who} is no longer a moderator", "admins": "Moderators changed",
	},
	Arrivals: map[string]string{"enter": "came in", "follow": "followed", "share": "shared the room", "like": "liked"},
	Units:    map[string]string{"月": " mo", "年": " yr", "天": " d", "周": " wk"},
	Guards:   [4]string{"Guard", "Governor", "Admiral", "Captain"},
	GuardNew: "became", GuardRenewed: "renewed", Admin: "Mod", Recalled: "taken back", Anonymous: "someone",
	EmptyChat:        "Connected. The first comment will appear here.",
	EmptyChatOffline: "The streamer is not live. Comments will appear here when somebody writes.",
	EmptyPaid:        "Gifts, guards and super chats will appear here.",
	Seconds:          "%d s", Minutes: "%d min", Hours: "%d h %d min",

	Paid: "Gifts", Chat: "Chat", SuperChats: "Super chats", SuperChat: "Super chat", Totals: "This broadcast", Givers: "%s givers",
	Watched: "watched", Online: "online", Likes: "likes", PerSecond: "%s/s", Comments: "%s comments", Lasting: "for %s",
	Archived: "Archived", NotArchived: "Not archived", NoGaps: "No gaps", GapsOf: "Missed: %d×, %s",
	Frames: "%d fps", Dropped: "%d frames dropped",
	AllConnected: "Connected", SomeConnected: "%d of %d connected",

	Copy: "Copy", CopyText: "Copy text", CopyName: "Copy name", Close: "Close", Cancel: "Cancel", OK: "OK", Add: "Add",
	Cut: "Cut", Paste: "Paste", SelectAll: "Select all", Undo: "Undo", Redo: "Redo",
	Settings: "Settings", Search: "Search", Help: "Help",

	LanguageLabel: "Language", LookLabel: "Appearance", LookSystem: "As the desktop", LookDark: "Dark", LookLight: "Light",
	TextSizeLabel: "Text size", GiftsLabel: "Gifts", ShowAllGifts: "Show all", CheaperThan: "Hide below %s",
	FoldRepeats: "Fold repeated comments", ShowMedals: "Show fan medals", ShowTimes: "Show times", ShowArrivals: "Show who comes in, follows, likes",

	Welcome:     "Watch a live room",
	WelcomeText: "Enter the number of a Bilibili live room, or paste its address. Everything said there appears here, and is kept in an archive you can search.",
	TryDemo:     "Try it with a demo room", StartingDemo: "Starting the demo…",
}
