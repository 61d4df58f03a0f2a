package gui

// keyWords is what the sheet of keys says.
type keyWords struct {
	Title, ThisSheet, AddRoom, Choose, NextRoom, RoomMenu, Search, Stage, Apart, Gifts, Relay, Rules, Undo, Settings string
	Scroll, Ends, Pick, Close, Quit, Next, Press, Diagnostic                                                         string
}

var keyChinese = keyWords{
	Title: "快捷键", ThisSheet: "显示这张表", AddRoom: "添加直播间", Choose: "选择直播间，0 为全部", NextRoom: "上一个、下一个直播间", RoomMenu: "当前直播间的菜单", Search: "搜索存档", Stage: "弹幕舞台", Apart: "弹幕舞台的单独窗口",
	Gifts: "去礼物列表，再按返回", Relay: "转发", Rules: "规则和提醒", Undo: "撤销刚才的规则", Settings: "设置", Scroll: "滚动", Ends: "最旧 / 最新", Pick: "选一行，打开它的菜单", Close: "关闭、返回", Quit: "关闭窗口",
	Next: "下一个控件", Press: "按下按钮", Diagnostic: "把诊断信息写入数据文件夹",
}

var keyEnglish = keyWords{
	Title: "Keys", ThisSheet: "This list", AddRoom: "Add a room", Choose: "Choose a room; 0 is all of them", NextRoom: "Previous, next room", RoomMenu: "Menu of the room on show", Search: "Search the archive", Stage: "Stage", Apart: "Stage in a window of its own",
	Gifts: "To the gifts, and back", Relay: "Relay", Rules: "Rules and alerts", Undo: "Undo the rule just made", Settings: "Settings", Scroll: "Scroll", Ends: "Oldest, newest", Pick: "Pick a line, open its menu", Close: "Close, go back", Quit: "Close the window",
	Next: "Next control", Press: "Press a button", Diagnostic: "Write a diagnostic to the data folder",
}

var keyJapanese = keyWords{
	Title: "キー操作", ThisSheet: "この一覧", AddRoom: "配信を追加", Choose: "配信を選ぶ。0 はすべて", NextRoom: "前・次の配信", RoomMenu: "表示中の配信のメニュー", Search: "アーカイブを検索", Stage: "ステージ", Apart: "ステージを別ウィンドウで",
	Gifts: "ギフトへ。もう一度で戻る", Relay: "リレー", Rules: "ルールと通知", Undo: "直前のルールを取り消す", Settings: "設定", Scroll: "スクロール", Ends: "最古・最新", Pick: "行を選んでメニューを開く", Close: "閉じる、戻る", Quit: "ウィンドウを閉じる",
	Next: "次の項目", Press: "ボタンを押す", Diagnostic: "診断をデータフォルダーに書き出す",
}
