package httpapi

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"gridward/grids/plan"
)

//go:embed notice.html
var noticeHTML string

var noticeTemplate = template.Must(template.New("notice").Parse(noticeHTML))

// notice is what a printed change notice 告知 says to one community.
type notice struct {
	Title, Town, Community, Plan, From string
	Grids                              []noticeGrid
	Moves                              []noticeMove
	Moved                              int
}

type noticeGrid struct {
	Code, Name, Change string
	Places, Minutes    int
	Origins            []string
}

type noticeMove struct {
	From, To string
	Count    int
	Places   []noticePlace
}

type noticePlace struct{ Name, Category, Address string }

// planNotice is the printable change notice for a community: which of its grids
// change, and which places another grid answers for.
func (s *Server) planNotice(w http.ResponseWriter, r *http.Request, a *asker) error {
	q := readQuery(r, "community")
	code := q.text("community")
	if q.err != nil {
		return q.err
	}
	h, err := s.planAsked(r, a)
	if err != nil {
		return err
	}
	community, ok := a.view.tree.Unit(code)
	if !ok || a.view.townOf(community) != h.Town {
		return notFound("community %q", code)
	}
	base, err := s.otherLayout(r, a, &h, h.Base)
	if err != nil {
		return err
	}
	town, _ := a.view.tree.Unit(h.Town)
	n := notice{Title: "网格调整告知", Town: town.Name, Community: community.Name, Plan: h.Name, From: "待定"}
	if !h.EffectiveFrom.IsZero() {
		n.From = h.EffectiveFrom.Format("2006年1月2日")
	}
	err = s.withPlan(r.Context(), a, h.ID, func(ws *workspace) error {
		if base.Town != ws.plans().Town {
			return kindTryAgain.fail("the district changed meanwhile; ask again")
		}
		n.fill(a, base, ws.plans(), code)
		return nil
	})
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := noticeTemplate.Execute(&out, n); err != nil {
		return err
	}
	head := w.Header()
	head.Set("Content-Type", "text/html; charset=utf-8")
	head.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	head.Set("Cache-Control", "private, no-cache")
	head.Set("Content-Length", strconv.Itoa(out.Len()))
	w.Write(out.Bytes())
	return nil
}

// fill lists what changes for the places of one community.
func (n *notice) fill(a *asker, base, now *plan.Layout, community string) {
	c := plan.Compare(base, now)
	name := map[string]string{}
	in := map[string]bool{}
	for _, l := range [2]*plan.Layout{base, now} {
		for _, g := range l.Grids() {
			name[g.Code] = g.Name
			in[g.Code] = in[g.Code] || g.Community == community
		}
	}
	label := func(code string) string {
		if code == "" {
			return "无"
		}
		return name[code] + "（" + code + "）"
	}
	origins := map[string][]string{}
	for _, o := range c.Lineage {
		if o.From != o.Code && o.Share > 0.001 {
			origins[o.Code] = append(origins[o.Code], label(o.From))
		}
	}
	for _, g := range c.Grids {
		if !in[g.Code] {
			continue
		}
		row := noticeGrid{Code: g.Code, Name: g.Name, Change: "范围调整", Origins: origins[g.Code]}
		switch {
		case g.Before == nil:
			row.Change = "新设"
		case g.After == nil:
			row.Change = "撤销"
		}
		if g.After != nil {
			row.Places, row.Minutes = g.After.Places, int(g.After.Minutes()+0.5)
		}
		n.Grids = append(n.Grids, row)
	}
	at := map[[2]string]int{}
	for _, m := range c.Moved {
		p := &now.Town.Places[m.Place]
		if p.Community != community {
			continue
		}
		n.Moved++
		key := [2]string{m.From, m.To}
		i, known := at[key]
		if !known {
			i = len(n.Moves)
			at[key] = i
			n.Moves = append(n.Moves, noticeMove{From: label(m.From), To: label(m.To)})
		}
		n.Moves[i].Count++
		n.Moves[i].Places = append(n.Moves[i].Places, a.noticePlace(p.ID, p))
	}
}

func (a *asker) noticePlace(id uuid.UUID, p *plan.Place) noticePlace {
	out := noticePlace{Name: p.Name, Category: p.Category}
	if c, ok := a.view.book.Policy().Category(p.Category); ok {
		out.Category = c.ZH
	}
	if f, ok := a.view.book.Fact(id); ok {
		out.Address = f.Address
	}
	return out
}
