package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Icon is the program's own sign: comments flying across a screen.
func Icon() fyne.Resource { return appIcon }

var appIcon = fyne.NewStaticResource("danmaku.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" viewBox="0 0 64 64">
<path d="M17 2H47A15 15 0 0 1 62 17V47A15 15 0 0 1 47 62H17A15 15 0 0 1 2 47V17A15 15 0 0 1 17 2Z" fill="#e8457c"/>
<path d="M27.5 16H48.5A3.5 3.5 0 0 1 52 19.5V19.5A3.5 3.5 0 0 1 48.5 23H27.5A3.5 3.5 0 0 1 24 19.5V19.5A3.5 3.5 0 0 1 27.5 16Z" fill="#ffffff"/>
<path d="M15.5 28.5H42.5A3.5 3.5 0 0 1 46 32.0V32.0A3.5 3.5 0 0 1 42.5 35.5H15.5A3.5 3.5 0 0 1 12 32.0V32.0A3.5 3.5 0 0 1 15.5 28.5Z" fill="#ffe3ec"/>
<path d="M33.5 41H48.5A3.5 3.5 0 0 1 52 44.5V44.5A3.5 3.5 0 0 1 48.5 48H33.5A3.5 3.5 0 0 1 30 44.5V44.5A3.5 3.5 0 0 1 33.5 41Z" fill="#ffc9da"/>
</svg>`))

func pasteIcon() fyne.Resource    { return theme.ContentPasteIcon() }
func addIcon() fyne.Resource      { return theme.ContentAddIcon() }
func settingsIcon() fyne.Resource { return theme.SettingsIcon() }

// stageIcon is three comments under way.
func stageIcon() fyne.Resource { return stageSign }

var stageSign = fyne.NewStaticResource("stage.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24">
<path d="M9 4H20V7H9Z" fill="#000000"/><path d="M3 10.5H14V13.5H3Z" fill="#000000"/><path d="M8 17H18V20H8Z" fill="#000000"/>
<path d="M5 4H7V7H5Z" fill="#000000"/><path d="M16 10.5H18V13.5H16Z" fill="#000000"/><path d="M4 17H6V20H4Z" fill="#000000"/>
</svg>`))
