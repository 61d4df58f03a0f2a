package gui

import "danmaku/event"

var chinese = words{
	myriads: true, tenThousand: "万", hundredMillion: "亿",
	AllRooms: "全部直播间", AddRoom: "添加直播间", AddRoomHint: "房间号或直播间地址",
	AddRoomTitle: "添加直播间",
	AddRoomHelp:  "填写直播间地址里的数字，或粘贴浏览器里的完整地址。", Failed: "无法继续运行",
	BadAddress:   "没有找到房间号。应形如 21452505 或 live.bilibili.com/21452505。",
	ShortAddress: "这是短链接。请在浏览器中打开，再粘贴跳转后的地址。",
	Joining:      "正在查找直播间…", JoinFailed: "无法加入：%s", LeaveRoom: "不再观看",
	OpenInBrowser: "在浏览器中打开", CopyAddress: "复制地址", RoomNumber: "房间 %s",
	States: map[event.State]string{
		event.StateConnecting: "正在连接…", event.StateOnline: "已连接", event.StateWaiting: "连接中断",
		event.StateRiskControl: "被平台风控", event.StateRefused: "被平台拒绝",
		event.StateMasked: "昵称被隐藏", event.StateOffline: "未开播", event.StateNotFound: "直播间不存在",
		event.StateLocked: "直播间被封禁", event.StateStopped: "已停止",
	},
	Advice: map[event.State]string{
		event.StateConnecting:  "",
		event.StateWaiting:     "会自动重连。如果一直连不上，请检查网络。",
		event.StateRiskControl: "平台要求当前网络登录后访问。请登录，或等待自动重试。",
		event.StateRefused:     "当前网络的请求过多，只能等待。登录后会少遇到。",
		event.StateMasked:      "尚未登录，平台隐藏了完整昵称。登录后即可看到。",
		event.StateNotFound:    "请检查房间号。不会再次尝试。",
		event.StateLocked:      "平台暂时封禁了这个直播间，会自动重试。",
		event.StateStopped:     "没有在观看这个直播间。",
	},
	Causes: map[event.Cause]string{
		event.CauseNetwork: "网络", event.CauseSilence: "服务器无响应", event.CauseToken: "令牌被拒",
		event.CauseRiskControl: "被平台风控", event.CauseRefused: "被平台拒绝",
		event.CauseRestart: "程序重新启动", event.CauseDisk: "磁盘已满或不可写",
		event.CauseOfflineStart: "尚未连接", event.CauseUnknown: "原因不明",
	},
	NoRelay: "没有连接到转发服务", NoRelayAdvice: "它在 %s 运行吗？",
	NextTry: "%s后重试", Live: "直播中", NotLive: "未开播",

	Newer: "%d 条新消息", Replying: "回复 %s", Repeats: "× %d", Backlog: "进入前的弹幕",
	GapLine: "缺失 %s · %s", GapOpen: "从这里开始缺失 · %s", LaggedLine: "窗口跳过了 %d 条",
	LiveLine: "开播了", OfflineLine: "下播了", TitleLine: "新标题：%s",
	RedPacketLine: "%s 发了红包", LotteryLine: "天选时刻：%s",
	Moderation: map[string]string{
		"warning": "平台警告", "cutoff": "被平台切断直播", "lock": "直播间被平台封禁",
		"block": "{who} 被禁言", "silence": "已开启禁言（{who}）", "silence_end": "已关闭禁言",
		"admin": "{who} 成为房管", "admin_end": "{who} 不再是房管", "admins": "房管有变动",
	},
	Arrivals: map[string]string{"enter": "进入直播间", "follow": "关注了主播", "share": "分享了直播间", "like": "点赞了"},
	Units:    map[string]string{"月": " 个月", "年": " 年", "天": " 天", "周": " 周"},
	Guards:   [4]string{"大航海", "总督", "提督", "舰长"},
	GuardNew: "开通了", GuardRenewed: "续费了", Admin: "房管", Recalled: "已撤回", Anonymous: "某人",
	EmptyChat:        "已连接，弹幕会出现在这里。",
	EmptyChatOffline: "主播还没有开播。有人发弹幕时会出现在这里。",
	EmptyPaid:        "礼物、大航海和醒目留言会出现在这里。",
	Seconds:          "%d 秒", Minutes: "%d 分钟", Hours: "%d 小时 %d 分钟",

	Paid: "礼物", Chat: "弹幕", SuperChats: "醒目留言", SuperChat: "醒目留言", Totals: "本场", Givers: "%s 人送礼",
	Watched: "看过", Online: "在线", Likes: "点赞", PerSecond: "%s 条/秒", Comments: "%s 条弹幕", Lasting: "已播 %s",
	Archived: "已存档", NotArchived: "未存档", NoGaps: "没有缺失", GapsOf: "%d 处缺失，共 %s",
	Frames: "%d 帧/秒", Dropped: "掉 %d 帧",
	AllConnected: "已连接", SomeConnected: "%d / %d 已连接",

	Copy: "复制", CopyText: "复制文字", CopyName: "复制昵称", Close: "关闭", Cancel: "取消", OK: "确定", Add: "添加",
	Cut: "剪切", Paste: "粘贴", SelectAll: "全选", Undo: "撤消", Redo: "重做",
	Settings: "设置", Search: "搜索", Help: "帮助",

	LanguageLabel: "语言", LookLabel: "外观", LookSystem: "跟随系统", LookDark: "深色", LookLight: "浅色",
	TextSizeLabel: "弹幕字号", GiftsLabel: "礼物", ShowAllGifts: "全部显示", CheaperThan: "隐藏 %s 以下",
	FoldRepeats: "折叠重复弹幕", ShowMedals: "显示粉丝勋章", ShowTimes: "显示时间", ShowArrivals: "显示进场、关注、点赞",

	Welcome:     "观看一个直播间",
	WelcomeText: "输入哔哩哔哩直播间的房间号，或粘贴它的地址。弹幕会出现在这里，并保存到可以搜索的存档中。",
	TryDemo:     "用演示直播间试一试", StartingDemo: "正在启动演示…",
}
