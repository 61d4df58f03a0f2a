package gui

import "danmaku/event"

var japanese = words{
	myriads: true, tenThousand: "万", hundredMillion: "億",
	AllRooms: "すべての配信", AddRoom: "配信を追加", AddRoomHint: "ルーム番号またはアドレス",
	AddRoomTitle: "配信を追加",
	AddRoomHelp:  "配信ページのアドレスにある番号、またはブラウザーのアドレス全体を入力してください。", Failed: "続行できません",
	BadAddress:   "ルーム番号が見つかりません。21452505 や live.bilibili.com/21452505 のような形です。",
	ShortAddress: "短縮リンクです。ブラウザーで開き、表示されたアドレスを貼り付けてください。",
	Joining:      "配信を探しています…", JoinFailed: "参加できません：%s", LeaveRoom: "視聴をやめる",
	OpenInBrowser: "ブラウザーで開く", CopyAddress: "アドレスをコピー", RoomNumber: "ルーム %s",
	States: map[event.State]string{
		event.StateConnecting: "接続中…", event.StateOnline: "接続済み", event.StateWaiting: "切断されました",
		event.StateRiskControl: "プラットフォームの確認待ち", event.StateRefused: "プラットフォームに拒否されました",
		event.StateMasked: "名前が伏せられています", event.StateOffline: "配信していません", event.StateNotFound: "配信が見つかりません",
		event.StateLocked: "配信が停止されています", event.StateStopped: "停止中",
	},
	Advice: map[event.State]string{
		event.StateConnecting:  "",
		event.StateWaiting:     "自動で再接続します。続く場合はネットワークを確認してください。",
		event.StateRiskControl: "このネットワークからはログインが必要です。ログインするか、自動の再試行をお待ちください。",
		event.StateRefused:     "このネットワークからの要求が多すぎます。待つしかありません。ログインすると減ります。",
		event.StateMasked:      "ログインしていないため、名前が伏せられています。ログインすると表示されます。",
		event.StateNotFound:    "番号を確認してください。再試行はしません。",
		event.StateLocked:      "プラットフォームがこの配信を停止しています。自動で再試行します。",
		event.StateStopped:     "この配信は視聴していません。",
	},
	Causes: map[event.Cause]string{
		event.CauseNetwork: "ネットワーク", event.CauseSilence: "サーバーの応答なし", event.CauseToken: "トークンの拒否",
		event.CauseRiskControl: "プラットフォームの確認", event.CauseRefused: "プラットフォームの拒否",
		event.CauseRestart: "再起動", event.CauseDisk: "ディスクに書き込めません",
		event.CauseOfflineStart: "未接続", event.CauseUnknown: "原因不明",
	},
	NoRelay: "中継サーバーに接続できません", NoRelayAdvice: "%s で動いていますか？",
	NextTry: "%s後に再試行", Live: "配信中", NotLive: "配信していません",

	Newer: "新着 %d 件", Replying: "%s への返信", Repeats: "× %d", Backlog: "参加前のコメント",
	GapLine: "%s の欠落 · %s", GapOpen: "ここから欠落 · %s", LaggedLine: "ウィンドウが %d 件を飛ばしました",
	LiveLine: "配信が始まりました", OfflineLine: "配信が終わりました", TitleLine: "新しいタイトル：%s",
	RedPacketLine: "%s が紅包を配りました", LotteryLine: "抽選：%s",
	Moderation: map[string]string{
		"warning": "プラットフォームの警告", "cutoff": "プラットフォームに配信を切断されました", "lock": "プラットフォームに配信を停止されました",
		"block": "{who} がミュートされました", "silence": "発言が制限されました（{who}）", "silence_end": "発言の制限が解除されました",
		"admin": "{who} がモデレーターになりました", "admin_end": "{who} はモデレーターではなくなりました", "admins": "モデレーターが変わりました",
	},
	Arrivals: map[string]string{"enter": "が入室", "follow": "がフォロー", "share": "が配信を共有", "like": "がいいね"},
	Units:    map[string]string{"月": " か月", "年": " 年", "天": " 日", "周": " 週"},
	Guards:   [4]string{"大航海", "総督", "提督", "艦長"},
	GuardNew: "が加入", GuardRenewed: "が更新", Admin: "モデ", Recalled: "取り消し済み", Anonymous: "匿名",
	EmptyChat:        "接続しました。コメントはここに表示されます。",
	EmptyChatOffline: "配信していません。コメントがあればここに表示されます。",
	EmptyPaid:        "ギフト、大航海、スーパーチャットはここに表示されます。",
	Seconds:          "%d 秒", Minutes: "%d 分", Hours: "%d 時間 %d 分",

	Paid: "ギフト", Chat: "コメント", SuperChats: "スーパーチャット", SuperChat: "スーパーチャット", Totals: "この配信", Givers: "%s 人",
	Watched: "視聴", Online: "オンライン", Likes: "いいね", PerSecond: "%s 件/秒", Comments: "コメント %s 件", Lasting: "%s 経過",
	Archived: "保存中", NotArchived: "保存していません", NoGaps: "欠落なし", GapsOf: "欠落 %d か所、計 %s",
	Frames: "%d fps", Dropped: "%d フレーム落ち",
	AllConnected: "接続済み", SomeConnected: "%d / %d 接続済み",

	Copy: "コピー", CopyText: "本文をコピー", CopyName: "名前をコピー", Close: "閉じる", Cancel: "キャンセル", OK: "OK", Add: "追加",
	Cut: "切り取り", Paste: "貼り付け", SelectAll: "すべて選択", Undo: "元に戻す", Redo: "やり直し",
	Settings: "設定", Search: "検索", Help: "ヘルプ",

	LanguageLabel: "言語", LookLabel: "外観", LookSystem: "システムに合わせる", LookDark: "ダーク", LookLight: "ライト",
	TextSizeLabel: "文字の大きさ", GiftsLabel: "ギフト", ShowAllGifts: "すべて表示", CheaperThan: "%s 未満を隠す",
	FoldRepeats: "同じコメントをまとめる", ShowMedals: "ファンメダルを表示", ShowTimes: "時刻を表示", ShowArrivals: "入室・フォロー・いいねを表示",

	Welcome:     "配信を見る",
	WelcomeText: "bilibili のルーム番号を入力するか、アドレスを貼り付けてください。コメントがここに表示され、検索できるアーカイブに保存されます。",
	TryDemo:     "デモ配信で試す", StartingDemo: "デモを開始しています…",
}
