package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/google/uuid"
)

// fate is what may become of a report.
type fate int

const (
	must  fate = iota // it is taken
	rival             // it is taken or another with its id is
	may               // it depends on who comes first
	never             // it is refused
)

// report is a visit as a client sends it.
type report struct {
	ID        uuid.UUID  `json:"id"`
	Place     uuid.UUID  `json:"place"`
	At        time.Time  `json:"at"`
	SentAt    *time.Time `json:"sent_at,omitempty"`
	Inspector string     `json:"inspector"`
	Unit      string     `json:"unit,omitempty"`
	Outcome   string     `json:"outcome"`
	Checklist string     `json:"checklist"`
	Lon       *float64   `json:"lon,omitempty"`
	Lat       *float64   `json:"lat,omitempty"`
	AccuracyM *float64   `json:"accuracy_m,omitempty"`
	DwellS    *int       `json:"dwell_s,omitempty"`
	Device    string     `json:"device,omitempty"`
	Mock      bool       `json:"mock,omitempty"`
	Photos    []string   `json:"photos,omitempty"`
	Walk      *uuid.UUID `json:"walk,omitempty"`
	Corrects  *uuid.UUID `json:"corrects,omitempty"`
	Note      string     `json:"note,omitempty"`
	Hazards   []found    `json:"hazards,omitempty"`

	skew time.Duration // the device's clock less ours
	town string
	fate fate
}

type found struct {
	ID   uuid.UUID `json:"id"`
	Type string    `json:"type"`
}

// words are all that is kept of a report, but what depends on when it came.
func (v *report) words() string {
	plain := *v
	plain.At, plain.SentAt, plain.Hazards = v.At.UTC(), nil, nil
	raw, _ := json.Marshal(&plain)
	return string(raw)
}

// storm is what is sent and what became of it.
type storm struct {
	*host
	ctx     context.Context
	giveUp  context.CancelFunc
	places  []spot
	tokens  []string
	r       *rand.Rand
	batches [][][]*report // by client
	all     []*report
	visits  int // with those that are sent several times

	mu       sync.Mutex
	acks     map[*report]bool
	created  map[uuid.UUID]int
	refusals map[string]int
	rows     map[uuid.UUID]*report

	done, acked, repeats                                     atomic.Int64
	underWay, left, cut, refused, unknown, notDone, internal atomic.Int64
	fewest, most                                             int64
}

func (s *storm) id() uuid.UUID {
	var id uuid.UUID
	for i := range id {
		id[i] = byte(s.r.Uint32())
	}
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return id
}

// visit is a report of a place of a town, or of any.
func (s *storm) visit(town string) *report {
	p := s.places[s.r.IntN(len(s.places))]
	for town != "" && p.town != town {
		p = s.places[s.r.IntN(len(s.places))]
	}
	r := s.r
	v := &report{ID: s.id(), Place: p.id, town: p.town, Inspector: fmt.Sprintf("%s-%02d", p.town, r.IntN(20)), Outcome: "done", Checklist: p.checklist, Unit: p.town}
	v.At = s.now.Add(-time.Duration(r.Int64N(int64(75 * 24 * time.Hour)))).Truncate(time.Microsecond)
	if r.IntN(8) == 0 {
		v.Outcome = []string{"no_access", "refused", "not_found", "partial"}[r.IntN(4)]
	}
	if r.IntN(30) == 0 {
		v.Checklist = []string{"class-1", "class-2", "class-3"}[r.IntN(3)]
	}
	if r.IntN(3) > 0 {
		lon, lat, accuracy, dwell := p.lon+r.NormFloat64()*1e-4, p.lat+r.NormFloat64()*1e-4, float64(1+r.IntN(64)), r.IntN(3000)
		v.Lon, v.Lat, v.AccuracyM, v.DwellS, v.Device, v.Mock = &lon, &lat, &accuracy, &dwell, "phone-"+v.Inspector, r.IntN(100) == 0
	}
	for range max(0, r.IntN(12)-9) {
		hash := make([]byte, 32)
		for i := range hash {
			hash[i] = byte(r.Uint32())
		}
		v.Photos = append(v.Photos, hex.EncodeToString(hash))
	}
	switch r.IntN(40) {
	case 0:
		v.Note = "门锁着 'or' \\ \" " + v.ID.String()[:4]
	case 1:
		walk := s.id()
		v.Walk = &walk
	case 2:
		v.Hazards = []found{{s.id(), "clutter"}}
	case 3:
		if v.skew = 2 * time.Hour; r.IntN(2) == 0 { // the device's clock is wrong
			v.skew = -26 * time.Hour
		}
		v.At = v.At.Add(v.skew)
	}
	return v
}

// plan makes all batches. Those of a client are sent one after the other.
func (s *storm) plan() {
	r := s.r
	s.batches = make([][][]*report, stormClients)
	var recent []*report // plain ones, of all clients
	var sentBy [stormClients][]*report
	corrected := map[uuid.UUID]*report{}
	doubled := map[*report]bool{} // they stand twice in a batch
	for n := range stormBatches {
		c := n % stormClients
		town := ""
		if k := s.tokenOf(c); k > 0 {
			town = fmt.Sprintf("310113%03d000", k)
		}
		var batch []*report
		if n >= 2*stormClients && r.IntN(12) == 0 { // a whole batch again: this client's, or one that may be under way
			of := c
			if town == "" {
				of = r.IntN(stormClients)
			}
			again := s.batches[of][len(s.batches[of])-1]
			for _, v := range again {
				if of != c && v.Corrects != nil {
					continue // what it corrects may not be there yet
				}
				batch = append(batch, v)
			}
			s.batches[c] = append(s.batches[c], batch)
			s.visits += len(batch)
			continue
		}
		var mine []*report
		for range 15 + r.IntN(21) {
			v := s.visit(town)
			old := func(of []*report) *report {
				for range 20 {
					if o := of[max(0, len(of)-1-r.IntN(300)):]; len(o) > 0 && (town == "" || o[0].town == town) {
						return o[0]
					}
				}
				return nil
			}
			switch k := r.IntN(200); {
			case k < 12: // one that others send just now
				if o := old(recent); o != nil && o.fate == must {
					v = o
				}
			case k < 14: // its id for another visit
				if o := old(recent); o != nil && !doubled[o] {
					v.ID, v.Hazards, v.fate, o.fate = o.ID, nil, rival, rival
				}
			case k < 21: // a correction of what this client has sent
				if o := old(sentBy[c]); o != nil && o.Outcome != "void" && o.fate != may {
					if first := corrected[o.ID]; first == nil {
						corrected[o.ID] = v
					} else { // who comes first corrects it
						v.fate, first.fate = may, may
					}
					if r.IntN(3) == 0 {
						v.Outcome = "void"
					}
					// A place is not corrected, but what happened there.
					v.Corrects, v.Place, v.town = &o.ID, o.Place, o.town
				}
			case k < 22:
				v.Place, v.fate = s.id(), never
			case k < 23:
				v.At, v.skew, v.fate = s.now.Add(24*time.Hour), 0, never
			case k < 24:
				nothing := s.id()
				v.Corrects, v.fate = &nothing, never
			case k < 26 && len(batch) > 0 && batch[0].fate == must: // twice in a batch
				v = batch[0]
			}
			doubled[v] = doubled[v] || slices.Contains(batch, v)
			batch = append(batch, v)
			if v.fate == must && v.Corrects == nil && !slices.Contains(mine, v) {
				recent = append(recent, v)
			}
			if v.fate == must && !slices.Contains(mine, v) {
				mine = append(mine, v)
			}
		}
		r.Shuffle(len(batch), func(i, j int) { batch[i], batch[j] = batch[j], batch[i] })
		s.batches[c] = append(s.batches[c], batch)
		sentBy[c] = append(sentBy[c], mine...)
		s.visits += len(batch)
	}
	seen, fates := map[*report]bool{}, map[uuid.UUID]fate{}
	for _, of := range s.batches {
		for _, b := range of {
			for _, v := range b {
				if !seen[v] {
					seen[v] = true
					s.all = append(s.all, v)
					fates[v.ID] = max(fates[v.ID], v.fate)
				}
			}
		}
	}
	// What is corrected may turn out to be another visit, out of the client's sight, or not to be there.
	for settled := false; !settled; {
		settled = true
		for _, v := range s.all {
			if v.Corrects != nil && v.fate == must && fates[*v.Corrects] != must {
				v.fate, fates[v.ID], settled = may, may, false
			}
		}
	}
}

// tokenOf is the account of a client: of each ten two belong to towns.
func (s *storm) tokenOf(client int) int {
	if client%5 == 4 {
		return 1 + client/5%(len(s.tokens)-1)
	}
	return 0
}

// rage sends everything while things are killed.
func (s *storm) rage() {
	s.kills.Store(true)
	s.fewest = stormClients
	web := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: stormClients}, Timeout: 30 * time.Second}
	var clients, others sync.WaitGroup
	for c, list := range s.batches {
		r := rand.New(rand.NewPCG(s.r.Uint64(), uint64(c)))
		clients.Go(func() {
			for n, batch := range list {
				if !s.send(web, r, s.tokens[s.tokenOf(c)], batch) {
					if s.ctx.Err() == nil || n == 0 {
						s.t.Errorf("client %d gives up at batch %d", c, n)
					}
					s.giveUp()
					return
				}
				s.done.Add(1)
			}
		})
	}
	sent, stop := context.WithCancel(s.ctx)
	others.Go(func() { s.kill(sent) })
	others.Go(func() { // what is asked for is kept up to date from then on, and not made when it is compared
		for sent.Err() == nil {
			for _, p := range s.periods() {
				s.get(sent, "/api/coverage?period="+p.String())
			}
			select {
			case <-sent.Done():
			case <-time.After(200 * time.Millisecond):
			}
		}
	})
	clients.Wait()
	stop()
	others.Wait()
	if s.ctx.Err() != nil && !s.t.Failed() {
		s.t.Errorf("after %v %d of %d batches are acknowledged", patience, s.done.Load(), stormBatches)
	}
	if s.t.Failed() {
		said := s.log()
		s.t.Logf("the logs end with\n%s", said[max(0, len(said)-4000):])
	}
}

// kill kills, as the batches go on. The last eighth the service lives through,
// so that what it keeps comes from the feed, but its server does not.
func (s *storm) kill(ctx context.Context) {
	r := rand.New(rand.NewPCG(s.r.Uint64(), 3))
	type blow struct {
		at   int64
		what int // 0 the service, 1 the server, 2 a backend, 3 the service and again while it starts
	}
	blows := []blow{{stormBatches * 93 / 100, 1}, {stormBatches * 97 / 100, 2}}
	for n, count := range []int{serviceKills / 2, serverKills - 1, backendKills - 1, serviceKills / 4} {
		for range count {
			blows = append(blows, blow{10 + r.Int64N(stormBatches*7/8), n})
		}
	}
	slices.SortFunc(blows, func(a, b blow) int { return cmp.Compare(a.at, b.at) })
	for _, b := range blows {
		pause := time.Duration(r.IntN(40)) * time.Millisecond
		for s.done.Load() < b.at || s.underWay.Load() == 0 {
			if ctx.Err() != nil {
				s.t.Errorf("all is sent before all kills: %+v", blows)
				return
			}
			if time.Sleep(time.Millisecond); s.done.Load() >= b.at {
				time.Sleep(pause)
				pause = 0
			}
		}
		n := s.underWay.Load()
		switch b.what {
		case 1, 2:
			s.killServer(ctx, b.what == 2)
		case 3:
			s.strike()
			time.Sleep(time.Duration(50+r.IntN(400)) * time.Millisecond)
			fallthrough
		case 0:
			s.strike()
		}
		s.fewest, s.most = min(s.fewest, n), max(s.most, n)
	}
}

func (s *storm) strike() {
	for s.ctx.Err() == nil {
		if age, ok := s.stop(syscall.SIGKILL); ok {
			if s.serviceKilled++; age < 500*time.Millisecond {
				s.whileStarting++
			}
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// send sends a batch until it is answered.
func (s *storm) send(web *http.Client, r *rand.Rand, token string, batch []*report) bool {
	wrong := 0
	for s.ctx.Err() == nil {
		body := make([]report, len(batch))
		for i, v := range batch {
			body[i] = *v
			if v.skew != 0 {
				at := time.Now().Add(v.skew)
				body[i].SentAt = &at
			}
		}
		raw, err := json.Marshal(body)
		if err != nil {
			s.t.Error(err)
			return false
		}
		ctx, cancel := context.WithCancel(s.ctx)
		leaves := r.IntN(40) == 0 // the client does not wait for its answer
		if leaves {
			time.AfterFunc(time.Duration(r.IntN(30))*time.Millisecond, cancel)
		}
		s.underWay.Add(1)
		code, answer, err := ask(ctx, web, token, "POST", "http://"+s.addr+"/api/inspections", raw)
		s.underWay.Add(-1)
		cancel()
		dial := false
		if op, ok := errors.AsType[*net.OpError](err); ok {
			dial = op.Op == "dial"
		}
		switch {
		case err == nil && code == http.StatusOK:
			return s.answered(batch, answer)
		case dial:
			s.refused.Add(1)
		case err != nil && leaves:
			s.left.Add(1)
		case err != nil:
			s.cut.Add(1)
		case code == http.StatusServiceUnavailable && bytes.Contains(answer, []byte("outcome is not known")):
			s.unknown.Add(1)
		case code == http.StatusServiceUnavailable:
			s.notDone.Add(1)
		case code == http.StatusInternalServerError && wrong < 50:
			wrong++
			s.internal.Add(1)
		default: // a client would drop the batch
			s.t.Errorf("%d %s", code, answer)
			return false
		}
		time.Sleep(time.Duration(10+r.IntN(60)) * time.Millisecond)
	}
	return false
}

func ask(ctx context.Context, web *http.Client, token, method, address string, body []byte) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	a, err := web.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer a.Body.Close()
	raw, err := io.ReadAll(a.Body)
	return a.StatusCode, raw, err
}

// answered takes down what the service says of each visit.
func (s *storm) answered(batch []*report, raw []byte) bool {
	var answer struct {
		Items []struct {
			ID      uuid.UUID
			Result  string
			Problem struct{ Type, Detail string }
		}
	}
	if err := json.Unmarshal(raw, &answer); err != nil || len(answer.Items) != len(batch) {
		s.t.Errorf("%d results of %d visits, %v: %s", len(answer.Items), len(batch), err, raw)
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, v := range batch {
		got := answer.Items[i]
		taken := got.Result == "created" || got.Result == "repeated"
		switch {
		case got.ID != v.ID, !taken && got.Result != "refused":
			s.t.Errorf("visit %s: %+v", v.ID, got)
		case !taken && v.fate == must:
			s.t.Errorf("a good visit is refused: %s %+v", v.words(), got)
		case taken && v.fate == never:
			s.t.Errorf("a visit that cannot be is %s: %s", got.Result, v.words())
		}
		if !taken {
			s.refusals[filepath.Base(got.Problem.Type)]++
			continue
		}
		s.acks[v] = true
		s.acked.Add(1)
		if got.Result == "created" {
			if s.created[v.ID]++; s.created[v.ID] > 1 {
				s.t.Errorf("visit %s was created %d times", v.ID, s.created[v.ID])
			}
		} else {
			s.repeats.Add(1)
		}
	}
	return true
}
