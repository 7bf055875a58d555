package web_test

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"time"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/qc"
	"github.com/sidetone/sidetone/store"
	"github.com/sidetone/sidetone/store/storetest"
)

// turn is one line of a scripted call.
type turn struct {
	party      call.Party
	start, end float64
	text       string
	slot       call.Slot
}

var english = []turn{
	{call.Agent, 1, 4, "Good morning, Northwind customer service, this is Mei. How can I help you?", call.Slot{}},
	{call.Customer, 5, 10.5, "Hi, I ordered a coffee machine nine days ago and it still has not arrived. This is the third time I call.", call.Slot{}},
	{call.Agent, 11.5, 15, "I am sorry to hear that. Could you give me your order number, please?", call.Slot{}},
	{call.Customer, 16, 19.5, "Yes, it is 4 4 7 1 0 9 2.", call.Slot{Kind: "order", Value: "4471092", Said: "four four seven one oh nine two"}},
	{call.Agent, 21, 25, "Thank you. I see it left our warehouse on Monday and has not moved since.", call.Slot{}},
	{call.Customer, 26, 32, "So it is lost. I want my 189 euros back, or I will complain to the consumer office.", call.Slot{Kind: "amount", Value: "189.00 EUR", Said: "one hundred eighty nine euros"}},
	{call.Agent, 34, 40, "I understand. I will order a trace today, and if it is not found by Friday you get the full amount back.", call.Slot{}},
	{call.Customer, 41, 43.5, "All right. Please send me that in writing.", call.Slot{}},
	{call.Agent, 44.5, 49, "Of course. You get an e-mail within the hour. Is there anything else?", call.Slot{}},
	{call.Customer, 50, 51, "No, thank you.", call.Slot{}},
}

var chinese = []turn{
	{call.Agent, 1, 4, "您好,这里是晨光客服,我是小王,请问有什么可以帮您?", call.Slot{}},
	{call.Customer, 5, 10.5, "我九天前买的咖啡机到现在还没到,这已经是我第三次打电话了。", call.Slot{}},
	{call.Agent, 11.5, 15, "非常抱歉,请您说一下订单号。", call.Slot{}},
	{call.Customer, 16, 19.5, "四四七一零九二。", call.Slot{Kind: "order", Value: "4471092", Said: "四四七一零九二"}},
	{call.Agent, 21, 25, "谢谢,我看到周一出库以后就没有更新了。", call.Slot{}},
	{call.Customer, 26, 32, "那就是丢了。我要退一千四百九十九元,不然我就去消协投诉。", call.Slot{Kind: "amount", Value: "1499.00 CNY", Said: "一千四百九十九元"}},
	{call.Agent, 34, 40, "我理解。我今天就申请查件,周五之前找不到就全额退款。", call.Slot{}},
	{call.Customer, 41, 43.5, "好,请把这个发短信给我。", call.Slot{}},
}

func advised(lang string) (first, second call.Advice) {
	first = call.Advice{ID: "a1", Moment: "third-contact", Forms: []call.Form{call.Line, call.Ear}, Ear: "own the delay",
		Line: "Third call about this: apologise once, then say what happens next and by when.", Source: "Service guideline 4.2, repeated contact",
		Steps: []string{"Confirm the order number.", "Say when it left the warehouse.", "Order a trace in the parcel tool.", "Promise a date and write it into the case."},
		Quote: "This is the third time I call.", QuoteAt: call.Seconds(8.6), Waited: call.Seconds(1.4), Expires: call.Seconds(40)}
	second = call.Advice{ID: "a2", Moment: "threatens-to-complain", Forms: []call.Form{call.Line}, Urgent: true,
		Line: "Offer the full refund if the trace fails by Friday.", Source: "Consumer terms, section 7: late delivery",
		Quote: "I will complain to the consumer office.", QuoteAt: call.Seconds(29), Expires: call.Seconds(90)}
	if lang == "zh" {
		first.Line, first.Source, first.Quote = "第三次来电:先道一次歉,再说清下一步和时间。", "服务规范 4.2 重复来电", "这已经是我第三次打电话了"
		first.Steps = []string{"确认订单号。", "说明出库时间。", "在物流系统申请查件。", "承诺日期并写进工单。"}
		second.Line, second.Source, second.Quote = "周五前查不到,就全额退款。", "《消费者权益保护法》第二十四条", "不然我就去消协投诉"
	}
	return first, second
}

// log turns a script into the events of a call, up to the given second.
func eventsOf(id call.ID, lang string, script []turn) []call.Event {
	first, second := advised(lang)
	var bodies []call.Event
	add := func(at float64, b call.Body) {
		bodies = append(bodies, call.Event{Seq: uint64(len(bodies) + 1), At: call.Seconds(at), Body: b})
	}
	add(0, call.Started{Call: id, From: "+49 30 5550 177", To: "100", Agent: "mei", Queue: "parcels", Language: lang,
		Fields: map[string]string{"customer": "Anna Berger"}})
	add(0, call.Answered{})
	at := 0.0
	for i, t := range script {
		for ; at+1 < t.end; at++ {
			heat := 0.25 + 0.5*math.Exp(-math.Pow((at-31)/8, 2)) + 0.05*math.Sin(at)
			s := call.Stress{Party: call.Customer, Start: call.Seconds(at - 2), End: call.Seconds(at + 1), Span: 3, Arousal: heat, Anger: heat * .8, Quality: .8}
			if t.party == call.Agent && at > t.start {
				s.Absent = "silence"
			}
			add(at+1, s)
		}
		u := call.Utterance{Party: t.party, Start: call.Seconds(t.start), End: call.Seconds(t.end), Text: t.text, Confidence: .9}
		if t.slot.Kind != "" {
			u.Slots = []call.Slot{t.slot}
		}
		add(t.end, u)
		switch i {
		case 1:
			add(t.end+.4, first)
			add(t.end+.4, call.Whisper{ID: "a1", Text: "own the delay", By: "coach", State: "start"})
		case 3:
			add(t.end, call.Whisper{ID: "a1", Text: "own the delay", By: "coach", State: "stop"})
			add(t.end, call.Feedback{Advice: "a1", Verdict: "accepted", By: "mei"})
			add(t.end, call.Held{Moment: "identity-check-missing", Reason: call.HeldCooldown, Since: call.Seconds(t.end)})
		case 5:
			add(t.end+.5, second)
		}
	}
	return bodies
}

// seedCall keeps a whole finished call: log, report, recording.
func (s *site) seedCall(id call.ID, agent, lang string, script []turn) {
	s.t.Helper()
	events := eventsOf(id, lang, script)
	end := events[len(events)-1]
	events = append(events, call.Event{Seq: end.Seq + 1, At: end.At + call.Seconds(1), Body: call.Ended{Ending: call.EndCustomerHungUp}})
	created := time.Now().Add(-time.Hour)
	answered, ended := created.Add(3*time.Second), created.Add(time.Minute)
	s.must(s.store.PutCall(s.t.Context(), call.Summary{ID: id, State: call.Finished, From: "+49305550177", To: "100", Agent: agent,
		Queue: "parcels", Language: lang, Kind: call.KindLive, Created: created, Answered: &answered, Ended: &ended,
		Duration: end.At + call.Seconds(1), Ending: call.EndCustomerHungUp}))
	s.must(s.store.Append(s.t.Context(), id, events...))
	half := 50.0
	full := 100.0
	quote := func(i int) []qc.Evidence {
		return []qc.Evidence{{Party: script[i].party, At: call.Seconds(script[i].start), End: call.Seconds(script[i].end), Quote: script[i].text}}
	}
	s.must(s.store.PutReport(s.t.Context(), qc.Report{Call: id, Scorecard: "retail-service", Version: 3, Language: lang, Score: 78, Decided: 4,
		Sections: []qc.Section{
			{ID: "open", Title: "Opening", Score: &full, Items: []qc.Item{
				{ID: "greet", Title: "Greets with company and name", Verdict: qc.Pass, Weight: 1, Why: "Said in the first sentence.", Evidence: quote(0)},
				{ID: "identity", Title: "Checks who is calling", Verdict: qc.NA, Weight: 1, Why: "No personal data was given out."}}},
			{ID: "solve", Title: "Solving the problem", Score: &half, Items: []qc.Item{
				{ID: "own", Title: "Takes ownership of the delay", Verdict: qc.Pass, Weight: 2, Why: "Promised a trace and a date.", Source: "Guideline 4.2", Evidence: quote(6)},
				{ID: "calm", Title: "Answers the threat to complain calmly", Verdict: qc.Fail, Weight: 2, Why: "Two seconds of silence, then no word about the complaint.", Evidence: quote(5)},
				{ID: "sum", Title: "Sums up at the end", Verdict: qc.Unsure, Weight: 1, Why: "The last sentences were faint."}}},
		}}))
	path, err := s.store.RecordingPath(id)
	s.must(err)
	s.must(os.WriteFile(path, toneWAV(script), 0o600))
}

// toneWAV is a stereo recording in which each party hums while it talks.
func toneWAV(script []turn) []byte {
	const rate = 8000
	seconds := script[len(script)-1].end + 1
	frames := int(seconds * rate)
	b := make([]byte, 44+frames*4)
	copy(b, "RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x02\x00")
	le := binary.LittleEndian
	le.PutUint32(b[4:], uint32(len(b)-8))
	le.PutUint32(b[24:], rate)
	le.PutUint32(b[28:], rate*4)
	le.PutUint16(b[32:], 4)
	le.PutUint16(b[34:], 16)
	copy(b[36:], "data")
	le.PutUint32(b[40:], uint32(frames*4))
	dice := rand.New(rand.NewPCG(1, 2))
	for _, t := range script {
		channel := 0
		if t.party == call.Agent {
			channel = 2
		}
		for i := int(t.start * rate); i < int(t.end*rate); i++ {
			x := float64(i) / rate
			loud := 4000 * (0.6 + 0.4*math.Sin(x*21)) * (0.7 + 0.3*dice.Float64())
			le.PutUint16(b[44+i*4+channel:], uint16(int16(loud*math.Sin(x*2*math.Pi*180))))
		}
	}
	return b
}

// person makes somebody who can sign in with goodPassword.
func (s *site) person(name string, role store.Role) {
	s.t.Helper()
	s.must(s.store.PutUser(s.t.Context(), store.User{Name: name, Display: name, Role: role, Address: "sip:" + name + "@10.0.0.5", Created: storetest.Noon()}))
	s.must(s.store.SetPassword(s.t.Context(), name, goodPassword))
}
