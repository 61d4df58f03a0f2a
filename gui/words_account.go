package gui

var accountChinese = accountWords{
	Title: "账号", LoginTitle: "登录", Why: "登录后可以看到完整的昵称，也更少被平台限制。登录信息只保存在这台电脑上，只有你能读取。",
	Begin: "扫码登录", Again: "重试", Asking: "正在获取二维码…",
	Scan: "请用手机上的哔哩哔哩扫描（我的 → 扫一扫）并确认。%s 前有效。", Scanned: "已扫描，请在手机上确认。",
	Done: "登录成功。", LoggedIn: "已登录。", LoggedInAs: "已登录，用户编号 %s。", Fixed: "登录信息由启动时的 --cookie-file 指定",
	Changing: "正在用新的身份逐个重新连接直播间…",
	Logout:   "退出登录", LoggedOut: "已退出登录，登录信息已从这台电脑删除。", Failed: "没有成功：%s",
	Problems: map[string]string{
		"expired": "二维码已过期，请重新获取。", "refused": "平台拒绝了这个网络的请求。只能等待一段时间，或换一个网络。",
		"risk_control": "平台正在检查这个网络。请先在浏览器中打开哔哩哔哩并登录一次，再试。", "too_frequent": "请求太频繁，请过几分钟再试。",
	},
	CodeTitle: "身份码（直播开放平台）", CodeWhy: "输入主播的身份码，就能通过官方接口进入该主播的直播间，不需要登录。身份码等同于密码，请勿给他人看到。",
	CodeHint: "身份码", CodeKeep: "在这台电脑上保存，下次启动时继续使用", CodeEnter: "进入直播间", CodeAsking: "正在进入直播间…",
	CodeDone:   "已进入直播间。",
	CodeNoKeys: "使用身份码需要一个应用的密钥。请在启动时用 --open-live-file 指定包含 access_key_id、access_key_secret、app_id 的文件（或用环境变量 DANMAKU_OPEN_LIVE_…），之后就可以在这里输入身份码。",
	CodeKept:   "已保存", CodeOnce: "只用于这一次", CodeFinding: "正在查找直播间…", CodeLeft: "已离开",
	CodeDrop: "移除", CodeDropped: "已移除，并离开该直播间。",
	CodeLost: "官方接口的会话中断了，会自动重新建立。如果一直不成功，身份码可能已被主播更换，请在“账号”中重新输入。",
	CodeProblems: map[string]string{
		"other": "没有成功，会自动重试。", "unreadable": "这不是身份码。请从直播姬或直播间的“身份码”处完整复制。", "wrong": "身份码不对或已失效，请向主播要一个新的。",
		"running": "该直播间已经在运行这个应用，可能是另一个程序。请先关闭它，或等一分钟。", "cooling": "这个应用刚刚离开该直播间，请过十秒再试。",
		"full": "这个应用在该直播间的连接太多了，请关闭其中一个。", "access": "平台不接受应用的密钥，请检查 --open-live-file 指定的文件。",
		"clock": "这台电脑的时间不对，请先校准时间。", "not_allowed": "平台不允许这个应用进入该直播间，请检查应用的权限和发布状态。",
		"too_frequent": "请求太频繁，请过几分钟再试。", "no_keys": "没有应用的密钥，无法使用身份码。",
	},
}

var accountEnglish = accountWords{
	Title: "Account", LoginTitle: "Login", Why: "Logged in, you see whole names and are refused less often. The login is kept on this machine alone, readable by you alone.",
	Begin: "Log in by QR code", Again: "Try again", Asking: "Asking for a code…",
	Scan: "Scan it with the Bilibili app on your phone (我的 → 扫一扫) and confirm there. Valid until %s.", Scanned: "Scanned. Now confirm on the phone.",
	Done: "You are logged in now.", LoggedIn: "You are logged in.", LoggedInAs: "You are logged in as user %s.", Fixed: "the login was named by --cookie-file at the start",
	Changing: "The rooms are connecting anew, one after the other…",
	Logout:   "Log out", LoggedOut: "Logged out; the login is deleted from this machine.", Failed: "That failed: %s",
	Problems: map[string]string{
		"expired": "The code has expired. Ask for another one.", "refused": "The platform refuses requests from this network. Waiting is the only cure, or another network.",
		"risk_control": "The platform is checking this network. Open Bilibili in a browser and log in there once, then try again.", "too_frequent": "Too many requests. Try again in a few minutes.",
	},
	CodeTitle: "Identity code (Open Live)", CodeWhy: "A streamer's identity code lets you into the streamer's room by the official route, without a login. It is as good as a password: show it to nobody.",
	CodeHint: "Identity code", CodeKeep: "Keep it on this machine for the next start", CodeEnter: "Join", CodeAsking: "Joining the room…",
	CodeDone:   "The room is joined.",
	CodeNoKeys: "Identity codes need an app's keys. Name a file with access_key_id, access_key_secret and app_id by --open-live-file at the start (or set DANMAKU_OPEN_LIVE_…); then a code can be entered here.",
	CodeKept:   "kept", CodeOnce: "for this time only", CodeFinding: "Looking for the room…", CodeLeft: "left",
	CodeDrop: "Remove", CodeDropped: "Removed, and its room left.",
	CodeLost: "The official session ended; it is begun again by itself. If that lasts, the streamer may have replaced the identity code: enter the new one under Account.",
	CodeProblems: map[string]string{
		"other": "That failed; it is tried again by itself.", "unreadable": "That is no identity code. Copy it whole from the streamer's page.", "wrong": "The identity code is wrong or has expired. Ask the streamer for a new one.",
		"running": "The app runs in this room already, perhaps in another program. Close that, or wait a minute.", "cooling": "The app left this room a moment ago. Try again in ten seconds.",
		"full": "There are too many connections of this app to the room. Close one.", "access": "The platform does not accept the app's keys. Check the file named by --open-live-file.",
		"clock": "This machine's clock is wrong. Set it first.", "not_allowed": "The platform does not allow this app into the room. Check what it may do and whether it is published.",
		"too_frequent": "Too many requests. Try again in a few minutes.", "no_keys": "There are no app's keys, so no code can be used.",
	},
}

var accountJapanese = accountWords{
	Title: "アカウント", LoginTitle: "ログイン", Why: "ログインすると名前がすべて表示され、接続を拒否されにくくなります。ログイン情報はこのパソコンにだけ、あなただけが読める形で保存されます。",
	Begin: "QR コードでログイン", Again: "もう一度", Asking: "コードを取得しています…",
	Scan: "スマートフォンの bilibili アプリで読み取り（我的 → 扫一扫）、確認してください。%s まで有効です。", Scanned: "読み取りました。スマートフォンで確認してください。",
	Done: "ログインしました。", LoggedIn: "ログインしています。", LoggedInAs: "ログインしています（ユーザー %s）。", Fixed: "起動時の --cookie-file の情報です",
	Changing: "配信に順番に接続し直しています…",
	Logout:   "ログアウト", LoggedOut: "ログアウトし、このパソコンから情報を削除しました。", Failed: "できませんでした：%s",
	Problems: map[string]string{
		"expired": "コードの期限が切れました。もう一度取得してください。", "refused": "このネットワークからの要求が拒否されています。待つか、別のネットワークを使ってください。",
		"risk_control": "プラットフォームがこのネットワークを確認しています。ブラウザーで bilibili に一度ログインしてから、もう一度試してください。", "too_frequent": "要求が多すぎます。数分後にもう一度試してください。",
	},
	CodeTitle: "識別コード（Open Live）", CodeWhy: "配信者の識別コードがあれば、ログインなしで公式の経路から配信に参加できます。パスワードと同じなので、人に見せないでください。",
	CodeHint: "識別コード", CodeKeep: "このパソコンに保存し、次の起動でも使う", CodeEnter: "参加", CodeAsking: "参加しています…",
	CodeDone:   "参加しました。",
	CodeNoKeys: "識別コードにはアプリの鍵が必要です。access_key_id、access_key_secret、app_id を書いたファイルを起動時に --open-live-file で指定すると（または環境変数 DANMAKU_OPEN_LIVE_…）、ここで入力できます。",
	CodeKept:   "保存済み", CodeOnce: "今回だけ", CodeFinding: "配信を探しています…", CodeLeft: "退出済み",
	CodeDrop: "削除", CodeDropped: "削除し、配信から退出しました。",
	CodeLost: "公式のセッションが終わりました。自動でやり直します。続く場合は識別コードが変更された可能性があるため、「アカウント」で入力し直してください。",
	CodeProblems: map[string]string{
		"other": "できませんでした。自動でやり直します。", "unreadable": "識別コードではありません。全体をコピーしてください。", "wrong": "識別コードが違うか、期限が切れています。配信者に新しいものを聞いてください。",
		"running": "この配信ではすでにアプリが動いています。別のプログラムを閉じるか、1 分待ってください。", "cooling": "アプリはたった今この配信を離れました。10 秒後にもう一度試してください。",
		"full": "このアプリの接続が多すぎます。どれかを閉じてください。", "access": "アプリの鍵が受け付けられません。--open-live-file のファイルを確かめてください。",
		"clock": "このパソコンの時計が合っていません。", "not_allowed": "このアプリはこの配信に入れません。権限と公開状態を確かめてください。",
		"too_frequent": "要求が多すぎます。数分後にもう一度試してください。", "no_keys": "アプリの鍵がないため、コードを使えません。",
	},
}
