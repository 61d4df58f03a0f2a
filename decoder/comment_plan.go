package decoder

// field is one of the places of a comment that its event is made of.
type field int

const (
	fMode field = iota
	fSize
	fColor
	fSent
	fLottery // kind of comment: 2 is a lottery's
	fKind    // text, picture, voice
	fPicture
	fActivity
	fText
	fUID
	fName
	fAdmin
	fMedalList
	fLevel
	fGuard
	fWealth
	fInfoUID // these are of uinfo
	fFace
	fMystery
	fInfoGuard
	fInfoMedal
	fInfoWealth
	fID // these are of extra
	fMirror
	fReplyID
	fReplyName
	fEmotes
	fV2
	fields
)

// commentFields are those places in one comment.
type commentFields [fields]value

// commentPlan is where they are in a template, as numbers of nodes.
type commentPlan struct {
	nodes   [fields]uint32
	parents []uint32 // of what a field is searched in
}

const noNode = ^uint32(0)

// findFields searches the fields of DANMU_MSG. inner is for an extra that was
// not read with the rest. parents are the values that were searched.
func (d *Decoder) findFields(f *commentFields, root value) (parents [12]value) {
	info := root.get("info")
	head, sender, level, wealth := info.at(0), info.at(2), info.at(4), info.at(16)
	f[fText], f[fUID], f[fName], f[fAdmin] = info.at(1), sender.at(0), sender.at(1), sender.at(2)
	f[fMedalList], f[fLevel], f[fGuard], f[fWealth] = info.at(3), level.at(0), info.at(7), wealth.at(0)
	i := 0
	for v := range head.elements {
		switch i {
		case 1:
			f[fMode] = v
		case 2:
			f[fSize] = v
		case 3:
			f[fColor] = v
		case 4:
			f[fSent] = v
		case 9:
			f[fLottery] = v
		case 12:
			f[fKind] = v
		case 13:
			f[fPicture] = v
		case 16:
			f[fActivity] = v
		}
		i++
	}
	about := head.at(15)
	who, text := about.get("user"), about.get("extra")
	base := who.get("base")
	f[fInfoUID], f[fInfoGuard], f[fInfoMedal], f[fInfoWealth] = who.get("uid"), who.get("guard"), who.get("medal"), who.get("wealth")
	f[fFace], f[fMystery] = base.get("face"), base.get("is_mystery")

	extra := text.inside()
	if !extra.exists() && text.isText() {
		d.scratch = text.appendText(d.scratch[:0])
		if d.inner.parse(d.scratch) == nil {
			extra = d.inner.root()
		}
	}
	f[fID], f[fMirror], f[fEmotes] = extra.get("id_str"), extra.get("is_mirror"), extra.get("emots")
	f[fReplyID], f[fReplyName] = extra.get("reply_mid"), extra.get("reply_uname")
	f[fV2] = root.get("dm_v2")
	return [12]value{root, info, head, sender, level, wealth, about, who, base, text, extra}
}

// commentFields returns the fields of the comment at hand. If it is like the
// template t they are where they are there, unless the values are another
// that they are searched in.
func (d *Decoder) commentFields(f *commentFields, root value, t *template) {
	if t == nil || !d.doc.utf8 || t.plan != nil && !d.planned(f, t.plan) {
		d.findFields(f, root)
		return
	}
	if t.plan != nil {
		return
	}
	parents := d.findFields(f, root)
	if len(d.doc.edits) > 0 { // not the template itself
		return
	}
	plan := &commentPlan{}
	for i, v := range f {
		plan.nodes[i] = noNode
		if v.d == &d.doc {
			plan.nodes[i] = v.i
		} else if v.exists() {
			return
		}
	}
	for _, v := range parents {
		if v.exists() {
			plan.parents = append(plan.parents, v.i)
		}
	}
	t.plan = plan
}

func (d *Decoder) planned(f *commentFields, p *commentPlan) bool {
	for _, e := range d.doc.edits {
		for _, n := range p.parents {
			if n == e.old {
				return false
			}
		}
	}
	for i, n := range p.nodes {
		if n == noNode {
			continue
		}
		v, ok := d.doc.here(n)
		if !ok {
			return false
		}
		f[i] = v
	}
	return true
}
