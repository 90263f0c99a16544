package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"gridward/internal/load"
)

// edit reports hazards and asks for the tile under each until it shows it.
func (b *tileBench) edit(_ []benchTile, _ load.Result, _ time.Duration) error {
	places, err := b.somePlaces(60)
	if err != nil {
		return err
	}
	c, err := load.Dial(b.ctx, b.address)
	if err != nil {
		return err
	}
	defer c.Close()
	var took []time.Duration
	for _, p := range places {
		request := load.Request(benchTile{"heat", maptile.At(orb.Point{p.Lon, p.Lat}, 14)}.path(), b.address, b.token)
		was, err := c.Do(request)
		if err != nil {
			return err
		}
		before := was.ETag
		body, err := json.Marshal(map[string]any{"id": uuid.New(), "type": "clutter", "severity": 2, "state": "discovered", "place": p.ID, "discovered_at": b.now(), "origin": "12345", "description": "bench"})
		if err != nil {
			return err
		}
		began := time.Now()
		if err := b.post("/api/hazards", body); err != nil {
			return err
		}
		for {
			is, err := c.Do(request)
			if err != nil {
				return err
			}
			if is.ETag != before {
				break
			}
			if time.Since(began) > 10*time.Second {
				return errors.New("an edit is not visible after ten seconds")
			}
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.say("edit p99-ms %.1f (p50 %.1f; from sending a hazard to having the tile that shows it)", ms(took[len(took)*99/100]), ms(took[len(took)/2]))
	return nil
}

type somePlace struct {
	ID       uuid.UUID
	Lon, Lat float64
}

func (b *tileBench) somePlaces(n int) ([]somePlace, error) {
	raw, err := b.get(fmt.Sprintf("/api/places?layer=street-shop&limit=%d", n))
	if err != nil {
		return nil, err
	}
	var page struct{ Items []somePlace }
	if err := json.Unmarshal(raw, &page); err != nil || len(page.Items) == 0 {
		return nil, fmt.Errorf("%d places, %w", len(page.Items), err)
	}
	return page.Items, nil
}

func (b *tileBench) get(path string) ([]byte, error) { return b.ask(http.MethodGet, path, nil) }

func (b *tileBench) post(path string, body []byte) error {
	_, err := b.ask(http.MethodPost, path, body)
	return err
}

func (b *tileBench) ask(method, path string, body []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(b.ctx, method, "http://"+b.address+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+b.token)
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer a.Body.Close()
	raw, err := io.ReadAll(a.Body)
	if err == nil && a.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %d %s", method, path, a.StatusCode, raw)
	}
	return raw, err
}
