package certificate

// How a statement and an obligation are written in JSON: beside each writer,
// its reader.

func (s *Statement) tree() object {
	duties, policies, plans := list{}, list{}, list{}
	for _, d := range s.Duties {
		duties = append(duties, d)
	}
	for _, p := range s.Policies {
		policies = append(policies, object{"version": p.Version, "valid_from": p.ValidFrom.UTC().Format(dayForm), "sha256": p.SHA256.String()})
	}
	for _, p := range s.Plans {
		plans = append(plans, object{"id": p.ID.String(), "town": p.Town, "effective_from": p.EffectiveFrom.UTC().Format(dayForm)})
	}
	counts := object{}
	for _, state := range allStates {
		counts[string(state)] = *s.Counts.of(state)
	}
	var complete, gap any
	if s.Complete != nil {
		complete = *s.Complete
	}
	if s.LongestGapDays != nil {
		gap = *s.LongestGapDays
	}
	return object{
		"format": s.Format, "district": s.District, "unit": s.Unit, "unit_name": s.UnitName, "class": s.Class,
		"duties": duties, "period": s.Period,
		"known_at": s.KnownAt.UTC().Format(instantForm), "as_of": s.AsOf.UTC().Format(instantForm), "issued_at": s.IssuedAt.UTC().Format(instantForm),
		"counts": counts, "total": s.Total, "due": s.Due, "met": s.Met, "complete": complete, "longest_gap_days": gap,
		"policies": policies, "plans": plans,
		"obligations": s.Obligations, "root": s.Root.String(), "key_id": s.KeyID,
	}
}

func statementOf(v any, where string, f *Faults) Statement {
	m := fieldsOf(v, where, f, "format", "district", "unit", "unit_name", "class", "duties", "period", "known_at", "as_of", "issued_at",
		"counts", "total", "due", "met", "complete", "longest_gap_days", "policies", "plans", "obligations", "root", "key_id")
	s := Statement{
		Format: m.text("format"), District: m.text("district"), Unit: m.text("unit"), UnitName: m.text("unit_name"), Class: m.integer("class"),
		Period:  m.text("period"),
		KnownAt: m.moment("known_at", instantForm), AsOf: m.moment("as_of", instantForm), IssuedAt: m.moment("issued_at", instantForm),
		Total: m.integer("total"), Due: m.integer("due"), Met: m.integer("met"),
		Complete: m.boolOrNull("complete"), LongestGapDays: m.integerOrNull("longest_gap_days"),
		Obligations: m.integer("obligations"), Root: Digest(m.bytes("root", len(Digest{}))), KeyID: m.text("key_id"),
	}
	for i, d := range m.list("duties") {
		text, ok := d.(string)
		if !ok {
			f.add(WrongValue, element(m.at("duties"), i), "it is not a text")
		}
		s.Duties = append(s.Duties, text)
	}
	if counts, ok := m.of["counts"]; ok {
		names := make([]string, len(allStates))
		for i, state := range allStates {
			names[i] = string(state)
		}
		c := fieldsOf(counts, m.at("counts"), f, names...)
		for _, state := range allStates {
			*s.Counts.of(state) = c.integer(string(state))
		}
	}
	for i, p := range m.list("policies") {
		p := fieldsOf(p, element(m.at("policies"), i), f, "version", "valid_from", "sha256")
		s.Policies = append(s.Policies, Policy{p.text("version"), p.moment("valid_from", dayForm), Digest(p.bytes("sha256", len(Digest{})))})
	}
	for i, p := range m.list("plans") {
		p := fieldsOf(p, element(m.at("plans"), i), f, "id", "town", "effective_from")
		s.Plans = append(s.Plans, Plan{p.id("id"), p.text("town"), p.moment("effective_from", dayForm)})
	}
	return s
}

func (l *Leaf) tree() object {
	path := list{}
	for _, h := range l.Path {
		path = append(path, h.String())
	}
	return object{
		"index": l.Index, "path": path,
		"place": l.Place.String(), "duty": l.Duty, "period": l.Period, "state": string(l.State), "category": l.Category,
		"visit": orNull(l.Visit, l.Visit.String()), "holder_at_visit": orNull(l.HolderAtVisit, l.HolderAtVisit), "holder_at_close": orNull(l.HolderAtClose, l.HolderAtClose),
	}
}

func leafOf(v any, where string, f *Faults) Leaf {
	m := fieldsOf(v, where, f, "index", "path", "place", "duty", "period", "state", "category", "visit", "holder_at_visit", "holder_at_close")
	l := Leaf{Index: m.integer("index"), Obligation: Obligation{
		Place: m.id("place"), Duty: m.text("duty"), Period: m.text("period"), State: State(m.text("state")), Category: m.text("category"),
		Visit: m.idOrNull("visit"), HolderAtVisit: m.textOrNull("holder_at_visit"), HolderAtClose: m.textOrNull("holder_at_close"),
	}}
	for i, h := range m.list("path") {
		b := hexBytes(h, len(Digest{}))
		if b == nil {
			f.add(WrongValue, element(m.at("path"), i), "it is not %d lower-case hexadecimal digits", 2*len(Digest{}))
			b = make([]byte, len(Digest{}))
		}
		l.Path = append(l.Path, Digest(b))
	}
	return l
}
