package qc

import "github.com/sidetone/sidetone/call"

// Report is one call scored by one scorecard. It is plain data: what the store
// keeps, what the call page shows and what `sidetone score --json` prints.
type Report struct {
	Call      call.ID   `json:"call,omitempty"`
	Scorecard string    `json:"scorecard"` // the scorecard's id
	Version   int       `json:"version"`
	Language  string    `json:"language"`
	Score     float64   `json:"score"`               // 0..100 over the items that apply
	AutoFail  string    `json:"auto_fail,omitempty"` // id of the item that failed the whole call
	Decided   int       `json:"decided"`             // items that passed or failed; with 0 the score means nothing
	Sections  []Section `json:"sections"`
}

// Scored is the score, or nil when not one item could be decided.
func (r Report) Scored() *float64 {
	if r.Decided == 0 {
		return nil
	}
	return &r.Score
}

// Section groups items. Score is 0..100 over its items that apply, nil when none does.
type Section struct {
	ID    string   `json:"id"`
	Title string   `json:"title"`
	Score *float64 `json:"score"`
	Items []Item   `json:"items"`
}

// Item is one question answered.
type Item struct {
	ID       string     `json:"id"`
	Title    string     `json:"title"`
	Verdict  Verdict    `json:"verdict"`
	Weight   float64    `json:"weight"`
	AutoFail bool       `json:"auto_fail,omitempty"` // failing this item fails the call
	Why      string     `json:"why"`                 // one sentence for a person
	Source   string     `json:"source,omitempty"`    // the clause or guideline it rests on
	Evidence []Evidence `json:"evidence,omitempty"`
}

// Verdict is the closed list of answers. NA and Unsure count for nothing:
// a wrong "no" where the question does not apply is the commonest fault of
// automatic scoring, so both are first-class.
type Verdict string

const (
	Pass   Verdict = "pass"
	Fail   Verdict = "fail"
	NA     Verdict = "na"
	Unsure Verdict = "unsure"
)

// Evidence is where in the call the verdict rests.
type Evidence struct {
	Party call.Party    `json:"party"`
	At    call.Position `json:"at"`
	End   call.Position `json:"end"`
	Quote string        `json:"quote"`
	Seq   uint64        `json:"seq,omitempty"` // the event it comes from
}
