package gui

// relayWords is what is said about the relay inside the viewer.
type relayWords struct {
	Title, About, Off, On, Starting, Start, Stop, Subscribers string
	Overlay, Dashboard, Feed, NoRoom                          string
	NoToken, Token, Failed, PortTaken, Copied, Sign           string
}

var relayChinese = relayWords{
	Title: "转发", About: "把窗口里的内容转发给本机的 OBS 浏览器源、机器人和脚本。",
	Off: "未开启", On: "正在运行，端口 %s", Starting: "正在启动…", Start: "开启转发", Stop: "停止转发", Subscribers: "%d 个订阅者",
	Overlay: "OBS 浏览器源", Dashboard: "网页面板", Feed: "事件流（WebSocket）", NoRoom: "添加直播间后，这里会有它的浏览器源地址。",
	NoToken: "无令牌：只有本机程序能连接。", Token: "需要令牌：在浏览器源地址后加 ?token=令牌。",
	Failed: "无法开启：%s", PortTaken: "地址 %s 已被占用，可能有另一个 danmaku 在转发。请先关闭它，或用 --listen 换一个端口启动。", Copied: "已复制",
	Sign: "转发中 · %d",
}

var relayEnglish = relayWords{
	Title: "Relay", About: "Sends what this window shows to browser sources in OBS, bots and scripts on this machine.",
	Off: "Off", On: "Running on port %s", Starting: "Starting…", Start: "Start the relay", Stop: "Stop the relay", Subscribers: "%d subscriber{s}",
	Overlay: "Browser source for OBS", Dashboard: "Dashboard", Feed: "Events (WebSocket)", NoRoom: "When you watch a room, the address of its browser source is here.",
	NoToken: "No token: only programs on this machine can connect.", Token: "A token is asked for: add ?token=TOKEN to the address of the browser source.",
	Failed: "It could not be started: %s", PortTaken: "The address %s is in use, perhaps by another danmaku. Close that one, or start this one with --listen and another port.", Copied: "Copied",
	Sign: "Relay · %d",
}

var relayJapanese = relayWords{
	Title: "リレー", About: "このウィンドウの内容を、このパソコンの OBS ブラウザソース、ボット、スクリプトに送ります。",
	Off: "停止中", On: "動作中、ポート %s", Starting: "開始しています…", Start: "リレーを開始", Stop: "リレーを停止", Subscribers: "購読者 %d",
	Overlay: "OBS ブラウザソース", Dashboard: "ダッシュボード", Feed: "イベント（WebSocket）", NoRoom: "配信を追加すると、そのブラウザソースのアドレスがここに出ます。",
	NoToken: "トークンなし：このパソコンのプログラムだけが接続できます。", Token: "トークンが必要です：ブラウザソースのアドレスに ?token=トークン を付けてください。",
	Failed: "開始できませんでした：%s", PortTaken: "アドレス %s は使用中です。別の danmaku が動いているかもしれません。それを閉じるか、--listen で別のポートを指定してください。", Copied: "コピーしました",
	Sign: "リレー · %d",
}
