package gui

// stageWords is what the stage says.
type stageWords struct {
	Tab, Title, Apart, Empty, Fewer, HalfFrames                string
	Size, Speed, Opacity, Area, Density, AtOnce, Ground        string
	GroundWindow, GroundBlack, GroundGreen, GroundMagenta      string
	PaidFirst, TeamFirst, ScrollOnly, OnTop, Frameless, Honest string
}

var stageChinese = stageWords{
	Tab: "弹幕舞台", Title: "弹幕舞台", Apart: "在单独窗口中打开", Empty: "新弹幕会从这里飞过。",
	Fewer: "电脑较慢：最多同时显示 %d 条", HalfFrames: "电脑较慢：每两帧画一帧",
	Size: "字号", Speed: "飞过用时", Opacity: "不透明度", Area: "占用高度", Density: "密度", AtOnce: "最多同时 %d 条", Ground: "背景",
	GroundWindow: "窗口颜色", GroundBlack: "黑色", GroundGreen: "绿色（抠像用）", GroundMagenta: "品红（抠像用）",
	PaidFirst: "付费内容优先", TeamFirst: "房管和大航海优先", ScrollOnly: "全部滚动显示",
	OnTop: "单独窗口置顶", Frameless: "单独窗口无边框",
	Honest: "窗口不能透明，鼠标也不能穿透：界面库不支持。要叠在直播画面上，请用转发的 overlay 地址作为 OBS 浏览器源，或选一种抠像背景。置顶由系统决定是否生效，Wayland 下通常无效。",
}

var stageEnglish = stageWords{
	Tab: "Stage", Title: "Stage", Apart: "Open in a window of its own", Empty: "New comments will fly across here.",
	Fewer: "This machine is slow: at most %d comments at once", HalfFrames: "This machine is slow: every other frame is drawn",
	Size: "Letters", Speed: "Crossing takes", Opacity: "Opacity", Area: "Height used", Density: "Density", AtOnce: "At most %d at once", Ground: "Background",
	GroundWindow: "As the window", GroundBlack: "Black", GroundGreen: "Green (to key out)", GroundMagenta: "Magenta (to key out)",
	PaidFirst: "Paid messages go first", TeamFirst: "Moderators and guards go first", ScrollOnly: "Let all comments scroll",
	OnTop: "Its own window stays on top", Frameless: "Its own window has no frame",
	Honest: "The window cannot be see-through or let clicks pass: the toolkit cannot do that. To lay comments over a picture, use the overlay address of the relay as a browser source in OBS, or a background that can be keyed out. Staying on top is up to the desktop; on Wayland it usually has no effect.",
}

var stageJapanese = stageWords{
	Tab: "ステージ", Title: "コメントステージ", Apart: "別ウィンドウで開く", Empty: "新しいコメントがここを流れます。",
	Fewer: "処理が追いつかないため、同時に %d 件まで", HalfFrames: "処理が追いつかないため、1 フレームおきに描画中",
	Size: "文字の大きさ", Speed: "流れる時間", Opacity: "不透明度", Area: "使う高さ", Density: "密度", AtOnce: "同時に %d 件まで", Ground: "背景",
	GroundWindow: "ウィンドウの色", GroundBlack: "黒", GroundGreen: "緑（クロマキー用）", GroundMagenta: "マゼンタ（クロマキー用）",
	PaidFirst: "有料のものを優先", TeamFirst: "モデレーターと大航海を優先", ScrollOnly: "すべて流す",
	OnTop: "別ウィンドウを最前面に", Frameless: "別ウィンドウの枠を消す",
	Honest: "ウィンドウの透過とクリックの透過はできません（画面ライブラリの制約）。映像に重ねるには、リレーの overlay アドレスを OBS のブラウザソースにするか、クロマキー用の背景を選んでください。最前面表示はデスクトップ次第で、Wayland では通常効きません。",
}
