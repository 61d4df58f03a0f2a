package gui

var deskChinese = deskWords{
	Crashed:     "上次意外退出",
	CrashedText: "danmaku 上次没有正常结束。已收到的弹幕都在存档里。报告 %s 在数据文件夹中，其中没有密码和登录信息；反馈问题时请附上它。",
	OpenFolder:  "打开数据文件夹", Data: "数据",
	Erase: "删除我的数据…", EraseText: "以下内容会被永久删除，无法恢复：", EraseStays: "你导出的文件会保留。平台上的账号不受影响。",
	EraseSure: "我明白，删除这些", EraseNow: "删除并退出", NothingKept: "没有保存任何数据。",
	Kept: map[string]string{"archive": "存档：所有弹幕、礼物、醒目留言", "login": "登录信息", "pictures": "下载的图片", "reports": "日志和报告", "settings": "设置、直播间列表、备注、规则"},
}

var deskEnglish = deskWords{
	Crashed:     "Ended unexpectedly last time",
	CrashedText: "danmaku did not end well last time. What had been received is in the archive. The report %s is in the data folder; it holds no password and no login. Please send it along when you report this.",
	OpenFolder:  "Open data folder", Data: "Data",
	Erase: "Delete my data…", EraseText: "This goes for good and cannot be brought back:", EraseStays: "Files you exported stay. Your account on the platform is not touched.",
	EraseSure: "I understand: delete all this", EraseNow: "Delete and quit", NothingKept: "Nothing is kept.",
	Kept: map[string]string{"archive": "Archive: every comment, gift and super chat", "login": "Login", "pictures": "Fetched pictures", "reports": "Logs and reports", "settings": "Settings, rooms, notes, rules"},
}

var deskJapanese = deskWords{
	Crashed:     "前回、異常終了しました",
	CrashedText: "前回 danmaku は正常に終了しませんでした。受信したものはアーカイブにあります。報告 %s がデータフォルダーにあります。パスワードやログイン情報は含まれません。不具合の報告に添えてください。",
	OpenFolder:  "データフォルダーを開く", Data: "データ",
	Erase: "データを削除…", EraseText: "次のものが完全に削除され、元に戻せません：", EraseStays: "書き出したファイルは残ります。プラットフォームのアカウントには影響しません。",
	EraseSure: "理解しました。すべて削除します", EraseNow: "削除して終了", NothingKept: "保存されているものはありません。",
	Kept: map[string]string{"archive": "アーカイブ：すべてのコメント、ギフト、スーパーチャット", "login": "ログイン情報", "pictures": "取得した画像", "reports": "ログと報告", "settings": "設定、配信一覧、メモ、ルール"},
}
