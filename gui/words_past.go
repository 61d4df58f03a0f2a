package gui

// pastWords is what the pages of the past say: broadcasts, replay, export.
type pastWords struct {
	Title, ChooseRoom, Loading, Empty, Failed, NoArchive string
	Untitled, Stretch, Choose                            string
	Replay, Replaying, ReplayEmpty                       string
	Leave                                                string
	Export, NoHighlights, Seeking                        string
	SaidAt, NothingSaid, KeyList, KeyPlayer, KeyExport   string

	ExportTitle, Format, File, Start, Stop                     string
	FormatXML, FormatASS, FormatJSONL, FormatCSV               string
	Raw, Anonymise, Writing, WritingBytes, Written, WrittenAll string
	FileExists, ReplaceIt, NoFolder, NotAllowed, DiskFull      string
	ExportFailed, Cancelled, ShowFolder, NeedsName, NotHere    string

	RelayNoArchive, OnlyWatched string
}

var pastChinese = pastWords{
	Title: "往期直播", ChooseRoom: "全部直播间", Loading: "正在读取…", Empty: "还没有存档的直播。开播期间收到的弹幕会保存在这里。",
	Failed: "读取失败：%s", NoArchive: "没有存档，无法查看往期直播。",
	Untitled: "（无标题）", Stretch: "录制片段", Choose: "选择一场直播，查看它的时间轴。",
	Replay: "回放", Replaying: "回放中", ReplayEmpty: "这一段没有人说话。",
	Leave:  "结束回放",
	Export: "导出…", NoHighlights: "没有特别热闹的时刻", Seeking: "正在寻找高能时刻…",
	SaidAt: "%s 前后的弹幕", NothingSaid: "这之后没有弹幕。", KeyList: "往期直播：上一场、下一场、高光时刻", KeyPlayer: "回放：播放和暂停、前后十秒、速度", KeyExport: "导出选中的直播",
	ExportTitle: "导出", Format: "格式", File: "文件", Start: "开始导出", Stop: "停止",
	FormatXML: "XML 弹幕（播放器、录播姬）", FormatASS: "ASS 字幕（播放器、剪辑）", FormatJSONL: "JSONL（每行一个事件，完整）", FormatCSV: "CSV 表格",
	Raw: "包含平台原始数据", Anonymise: "隐去身份（昵称和编号换成化名）",
	Writing: "正在写入… %d%%", WritingBytes: "正在写入… %s", Written: "已写入 %s 条，%s", WrittenAll: "已写入 %s",
	FileExists: "已有同名文件。", ReplaceIt: "替换它", NoFolder: "文件夹不存在，请检查路径。", NotAllowed: "没有权限写入这个文件夹，请换一个。",
	DiskFull: "磁盘已满。请腾出空间，或换一个磁盘。", ExportFailed: "导出失败：%s", Cancelled: "已停止，没有留下不完整的文件。",
	ShowFolder: "打开文件夹", NeedsName: "请填写文件的完整路径。", NotHere: "通过转发服务观看时不能隐去身份，请在转发服务所在的电脑上导出。",
	RelayNoArchive: "这个转发服务没有存档，无法查看过去的内容。请在启动它时加上 --archive。", OnlyWatched: "转发服务的版本较早：这里只有它正在观看的直播间最近一年的直播。",
}

var pastEnglish = pastWords{
	Title: "Past broadcasts", ChooseRoom: "All rooms", Loading: "Reading…", Empty: "Nothing archived yet. What is said while a room is watched is kept here.",
	Failed: "Could not be read: %s", NoArchive: "Nothing is kept, so there is no past to look at.",
	Untitled: "(no title)", Stretch: "Recorded stretch", Choose: "Choose a broadcast to see its time line.",
	Replay: "Replay", Replaying: "Replay", ReplayEmpty: "Nobody says anything here.",
	Leave:  "End the replay",
	Export: "Export…", NoHighlights: "No moment stands out", Seeking: "Looking for highlights…",
	SaidAt: "Said around %s", NothingSaid: "Nothing was said after this.", KeyList: "Past broadcasts: previous, next, highlights", KeyPlayer: "Replay: play, ten seconds, speed", KeyExport: "Export the chosen broadcast",
	ExportTitle: "Export", Format: "Format", File: "File", Start: "Export", Stop: "Stop",
	FormatXML: "XML comments (players, recorders)", FormatASS: "ASS subtitles (players, editors)", FormatJSONL: "JSONL (an event a line, complete)", FormatCSV: "CSV table",
	Raw: "With the platform's own data", Anonymise: "Hide who it was (names and ids become pseudonyms)",
	Writing: "Writing… %d%%", WritingBytes: "Writing… %s", Written: "%s event{s} written, %s", WrittenAll: "%s written",
	FileExists: "There is a file of that name.", ReplaceIt: "Replace it", NoFolder: "There is no such folder. Check the path.", NotAllowed: "You may not write into that folder. Choose another.",
	DiskFull: "The disk is full. Make room, or choose another disk.", ExportFailed: "The export failed: %s", Cancelled: "Stopped. No half-written file was left.",
	ShowFolder: "Open the folder", NeedsName: "Write the full path of the file.", NotHere: "Through a relay people cannot be hidden. Export on the machine where the relay runs.",
	RelayNoArchive: "This relay keeps no archive, so there is no past to look at. Start it with --archive.", OnlyWatched: "The relay is of an earlier version: only the rooms it watches now are listed, and the last year of them.",
}

var pastJapanese = pastWords{
	Title: "過去の配信", ChooseRoom: "すべての配信者", Loading: "読み込み中…", Empty: "まだ保存されていません。視聴中のコメントはここに残ります。",
	Failed: "読み込めません：%s", NoArchive: "アーカイブがないため、過去の配信は見られません。",
	Untitled: "（無題）", Stretch: "記録された区間", Choose: "配信を選ぶと、時間軸が表示されます。",
	Replay: "リプレイ", Replaying: "リプレイ", ReplayEmpty: "ここでは誰も話していません。",
	Leave:  "リプレイを終える",
	Export: "書き出し…", NoHighlights: "目立った場面はありません", Seeking: "盛り上がりを探しています…",
	SaidAt: "%s 前後のコメント", NothingSaid: "この後のコメントはありません。", KeyList: "過去の配信：前、次、見どころ", KeyPlayer: "リプレイ：再生、10 秒移動、速さ", KeyExport: "選んだ配信を書き出す",
	ExportTitle: "書き出し", Format: "形式", File: "ファイル", Start: "書き出す", Stop: "中止",
	FormatXML: "XML コメント（プレーヤー用）", FormatASS: "ASS 字幕（プレーヤー・編集用）", FormatJSONL: "JSONL（1 行に 1 件、完全）", FormatCSV: "CSV 表",
	Raw: "プラットフォームの元データを含める", Anonymise: "名前と ID を仮名にする",
	Writing: "書き込み中… %d%%", WritingBytes: "書き込み中… %s", Written: "%s 件、%s を書き込みました", WrittenAll: "%s を書き込みました",
	FileExists: "同じ名前のファイルがあります。", ReplaceIt: "置き換える", NoFolder: "フォルダーがありません。パスを確認してください。", NotAllowed: "そのフォルダーには書き込めません。別の場所を選んでください。",
	DiskFull: "ディスクがいっぱいです。空きを作るか、別のディスクを選んでください。", ExportFailed: "書き出せません：%s", Cancelled: "中止しました。途中のファイルは残っていません。",
	ShowFolder: "フォルダーを開く", NeedsName: "ファイルのパス全体を入力してください。", NotHere: "リレー経由では仮名にできません。リレーのあるパソコンで書き出してください。",
	RelayNoArchive: "このリレーにはアーカイブがないため、過去は見られません。--archive を付けて起動してください。", OnlyWatched: "リレーの版が古いため、視聴中の配信者の過去 1 年分だけを表示しています。",
}
