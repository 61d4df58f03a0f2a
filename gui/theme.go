package gui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Appearance is the choice between dark and light.
type Appearance string

// The appearances; System follows the desktop.
const (
	System Appearance = "system"
	Dark   Appearance = "dark"
	Light  Appearance = "light"
)

// palette is every colour of the window. Text on each ground keeps a contrast
// of at least 4.5 (dim: 3.5), which a test checks.
type palette struct {
	ground, side, card, raised    color.NRGBA // from back to front
	edge, hover, pressed, chosen  color.NRGBA
	text, dim, faint              color.NRGBA
	accent, onAccent              color.NRGBA
	good, warn, bad, money        color.NRGBA
	warnGround, badGround, marked color.NRGBA
	guards                        [4]color.NRGBA // by level; 0 unused
	names                         [10]color.NRGBA
	shadow                        color.NRGBA
}

func rgb(v uint32) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 0xff}
}

func fade(c color.NRGBA, alpha uint8) color.NRGBA {
	c.A = alpha
	return c
}

var darkPalette = palette{
	ground: rgb(0x14161b), side: rgb(0x1a1d24), card: rgb(0x20242d), raised: rgb(0x2a2f3a),
	edge: rgb(0x2b303b), hover: rgb(0x262b35), pressed: rgb(0x323947), chosen: rgb(0x2c3341),
	text: rgb(0xe9ebf0), dim: rgb(0x9aa2b1), faint: rgb(0x6d7686),
	accent: rgb(0xff6699), onAccent: rgb(0x2b0414),
	good: rgb(0x3ecf8e), warn: rgb(0xf5b83d), bad: rgb(0xff6b6b), money: rgb(0xffc757),
	warnGround: rgb(0x352b17), badGround: rgb(0x391f23), marked: rgb(0x2f2a1c),
	guards: [4]color.NRGBA{{}, rgb(0xff7a59), rgb(0xc58bff), rgb(0x5fa8ff)},
	names: [10]color.NRGBA{
		rgb(0x7db8ff), rgb(0x8fd9a8), rgb(0xe6b872), rgb(0xd79bf0), rgb(0x6fd3d8),
		rgb(0xf29a9a), rgb(0xb5c46b), rgb(0xa6a9ff), rgb(0xf0a6cf), rgb(0x9cc7c0),
	},
	shadow: color.NRGBA{A: 0x80},
}

var lightPalette = palette{
	ground: rgb(0xffffff), side: rgb(0xf5f6f8), card: rgb(0xf5f6f9), raised: rgb(0xffffff),
	edge: rgb(0xe3e6eb), hover: rgb(0xeff1f5), pressed: rgb(0xe2e6ed), chosen: rgb(0xe7ebf3),
	text: rgb(0x1a1d23), dim: rgb(0x5d6675), faint: rgb(0x868e9b),
	accent: rgb(0xd9306f), onAccent: rgb(0xffffff),
	good: rgb(0x14804f), warn: rgb(0x8a5a00), bad: rgb(0xc62f3b), money: rgb(0x9a5b00),
	warnGround: rgb(0xfdf3dc), badGround: rgb(0xfdeaea), marked: rgb(0xfff7df),
	guards: [4]color.NRGBA{{}, rgb(0xc2410c), rgb(0x7e22ce), rgb(0x1d5fd1)},
	names: [10]color.NRGBA{
		rgb(0x1f63b8), rgb(0x1c7a45), rgb(0x8f5a0a), rgb(0x8a3fb0), rgb(0x0f7379),
		rgb(0xb23b3b), rgb(0x5f6d11), rgb(0x4b4fc4), rgb(0xb0357f), rgb(0x3c6f68),
	},
	shadow: color.NRGBA{A: 0x30},
}

// tiers are the colours of super chats by price in CNY, as the platform has
// them, made calm enough to hold white text.
var tiers = []struct {
	from int64
	back uint32
}{{2000, 0xab1a32}, {1000, 0xc7414b}, {500, 0xc96a2c}, {100, 0xb08a1e}, {50, 0x427d9e}, {0, 0x2a60b2}}

// fyneTheme gives Fyne's own widgets the same colours and fonts.
type fyneTheme struct {
	appearance Appearance
	size       float32   // of ordinary text
	font       *fontFile // the user's; nil: the built-in ones
}

func (t fyneTheme) variant(system fyne.ThemeVariant) fyne.ThemeVariant {
	switch t.appearance {
	case Dark:
		return theme.VariantDark
	case Light:
		return theme.VariantLight
	}
	return system
}

func (t fyneTheme) palette(system fyne.ThemeVariant) *palette {
	if t.variant(system) == theme.VariantLight {
		return &lightPalette
	}
	return &darkPalette
}

func (t fyneTheme) Color(name fyne.ThemeColorName, system fyne.ThemeVariant) color.Color {
	p := t.palette(system)
	switch name {
	case theme.ColorNameBackground:
		return p.ground
	case theme.ColorNameForeground:
		return p.text
	case theme.ColorNamePrimary, theme.ColorNameHyperlink:
		return p.accent
	case theme.ColorNameForegroundOnPrimary:
		return p.onAccent
	case theme.ColorNameButton:
		return p.raised
	case theme.ColorNameInputBackground, theme.ColorNameHeaderBackground:
		return p.card
	case theme.ColorNameInputBorder: // also of empty check boxes
		return mix(p.edge, p.faint, 0.6)
	case theme.ColorNameSeparator:
		return p.edge
	case theme.ColorNameMenuBackground: // menus have no edge, and open over what is raised, too
		return mix(p.raised, p.text, 0.06)
	case theme.ColorNameOverlayBackground:
		return p.raised
	case theme.ColorNameHover:
		return p.hover
	case theme.ColorNamePressed:
		return p.pressed
	case theme.ColorNamePlaceHolder, theme.ColorNameDisabled:
		return p.faint
	case theme.ColorNameFocus, theme.ColorNameSelection:
		return fade(p.accent, 0x55)
	case theme.ColorNameScrollBar:
		return fade(p.dim, 0x70)
	case theme.ColorNameScrollBarBackground:
		return color.Transparent
	case theme.ColorNameSuccess:
		return p.good
	case theme.ColorNameWarning:
		return p.warn
	case theme.ColorNameError:
		return p.bad
	case theme.ColorNameShadow:
		return p.shadow
	}
	return theme.DefaultTheme().Color(name, t.variant(system))
}

func (t fyneTheme) Font(s fyne.TextStyle) fyne.Resource {
	switch {
	case s.Symbol:
		return theme.DefaultTheme().Font(s)
	case t.font != nil:
		return t.font
	case s.Bold:
		return fontBold
	}
	return fontRegular
}

func (t fyneTheme) Icon(name fyne.ThemeIconName) fyne.Resource {
	return theme.DefaultTheme().Icon(name)
}

func (t fyneTheme) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case theme.SizeNameText:
		return t.size
	case theme.SizeNameCaptionText:
		return t.size - 2
	case theme.SizeNameSubHeadingText:
		return t.size + 2
	case theme.SizeNameHeadingText:
		return t.size + 6
	case theme.SizeNameInlineIcon:
		return t.size + 5
	case theme.SizeNameInputRadius, theme.SizeNameButtonRadius, theme.SizeNameSelectionRadius:
		return 6
	case theme.SizeNameInnerPadding:
		return 7
	case theme.SizeNameModalBlurRadius:
		return 0 // a blur costs a software renderer several frames
	case theme.SizeNamePopupRadius, theme.SizeNameDialogRadius, theme.SizeNameMenuRadius:
		return 10
	case theme.SizeNameScrollBar:
		return 8
	case theme.SizeNameScrollBarSmall: // until the mouse is over it; in an entry it stands below the letters
		return 4
	}
	return theme.DefaultTheme().Size(name)
}
