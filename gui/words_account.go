package gui

var accountChinese = accountWords{
	Title: "账号", Why: "登录后可以看到完整的昵称，也更少被平台限制。登录信息只保存在这台电脑上，只有你能读取。",
	Begin: "扫码登录", Again: "重试", Asking: "正在获取二维码…",
	Scan: "请用手机上的哔哩哔哩扫描（我的 → 扫一扫）并确认。%s 前有效。", Scanned: "已扫描，请在手机上确认。",
	Done: "登录成功，下次启动 danmaku 时生效。", LoggedIn: "已登录。", LoggedInAs: "已登录，用户编号 %s。", Pending: "下次启动 danmaku 时生效。",
	Logout: "退出登录", LoggedOut: "已退出登录，登录信息已从这台电脑删除。下次启动时生效。", Failed: "没有成功：%s",
	OpenLiveOn: "直播开放平台：已启用。", OpenLiveOff: "直播开放平台（主播身份码）：启动时用 --open-live-file 指定凭据文件。",
	Problems: map[string]string{
		"expired": "二维码已过期，请重新获取。", "refused": "平台拒绝了这个网络的请求。只能等待一段时间，或换一个网络。",
		"risk_control": "平台正在检查这个网络。请先在浏览器中打开哔哩哔哩并登录一次，再试。", "too_frequent": "请求太频繁，请过几分钟再试。",
	},
}

var accountEnglish = accountWords{
	Title: "Account", Why: "Logged in, you see whole names and are refused less often. The login is kept on this machine alone, readable by you alone.",
	Begin: "Log in by QR code", Again: "Try again", Asking: "Asking for a code…",
	Scan: "Scan it with the Bilibili app on your phone (我的 → 扫一扫) and confirm there. Valid until %s.", Scanned: "Scanned. Now confirm on the phone.",
	Done: "Logged in. It counts from the next start of danmaku on.", LoggedIn: "You are logged in.", LoggedInAs: "You are logged in as user %s.", Pending: "It counts from the next start of danmaku on.",
	Logout: "Log out", LoggedOut: "Logged out; the login is deleted from this machine. It counts from the next start on.", Failed: "That failed: %s",
	OpenLiveOn: "Open Live platform: in use.", OpenLiveOff: "Open Live platform (a streamer's identity code): name a file of credentials with --open-live-file at the start.",
	Problems: map[string]string{
		"expired": "The code has expired. Ask for another one.", "refused": "The platform refuses requests from this network. Waiting is the only cure, or another network.",
		"risk_control": "The platform is checking this network. Open Bilibili in a browser and log in there once, then try again.", "too_frequent": "Too many requests. Try again in a few minutes.",
	},
}

var accountJapanese = accountWords{
	Title: "アカウント", Why: "ログインすると名前がすべて表示され、拒否されることも減ります。ログイン情報はこのパソコンにだけ、あなただけが読める形で保存されます。",
	Begin: "QR コードでログイン", Again: "もう一度", Asking: "コードを取得しています…",
	Scan: "スマートフォンの bilibili アプリで読み取り（我的 → 扫一扫）、確認してください。%s まで有効です。", Scanned: "読み取りました。スマートフォンで確認してください。",
	Done: "ログインしました。次に danmaku を起動したときから使われます。", LoggedIn: "ログインしています。", LoggedInAs: "ログインしています（ユーザー %s）。", Pending: "次に danmaku を起動したときから使われます。",
	Logout: "ログアウト", LoggedOut: "ログアウトし、このパソコンから情報を削除しました。次の起動から有効です。", Failed: "できませんでした：%s",
	OpenLiveOn: "Open Live：使用中です。", OpenLiveOff: "Open Live（配信者の識別コード）：起動時に --open-live-file で認証情報のファイルを指定してください。",
	Problems: map[string]string{
		"expired": "コードの期限が切れました。もう一度取得してください。", "refused": "このネットワークからの要求が拒否されています。待つか、別のネットワークを使ってください。",
		"risk_control": "このネットワークが確認されています。ブラウザーで bilibili に一度ログインしてから、もう一度試してください。", "too_frequent": "要求が多すぎます。数分後にもう一度試してください。",
	},
}
