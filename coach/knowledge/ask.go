package knowledge

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Answer is what the graph says to a question. Nothing in it comes from anywhere
// else.
type Answer struct {
	Entity    string   `json:"entity"`
	Attribute string   `json:"attribute"`
	Answers   []string `json:"answers"` // node names, or the text of the node that answers
	Path      []string `json:"path"`    // entity, attribute, answer …
	Source    string   `json:"source"`
	Score     float64  `json:"score"` // 0..1
}

// Likeness tells how much an attribute means the same as the words of a
// question, 0..1; nil leaves it out.
type Likeness func(question string, attributes []string) []float64

const (
	// mostNames bounds the entities one question is tried with.
	mostNames = 24
	// enough is the score from which an attribute is taken to be meant.
	enough = 0.34
)

// mention is an entity found in a question.
type mention struct {
	node     int32
	from, to int // bytes in the folded question
}

// Ask answers a question: an entity that it names, an attribute that it asks for,
// and the nodes that edge leads to, over one edge more if it names that too.
// A question that names no entity gets the article that says most about it.
func (x *Index) Ask(question string, vector []float32, like Likeness) Answer {
	folded := foldName(question)
	best := Answer{Answers: []string{}, Path: []string{}}
	for _, m := range x.mentions(folded) {
		rest := folded[:m.from] + " " + folded[m.to:]
		share := float64(m.to-m.from) / float64(len(folded))
		for _, a := range x.attributes(m.node, rest, like) {
			a.Score = math.Min(1, a.Score*0.8+0.2*math.Sqrt(share))
			if a.Score > best.Score+1e-9 {
				best = a
			}
		}
	}
	if best.Score < enough {
		if a, ok := x.article(question, vector); ok {
			return a
		}
	}
	best.Score = math.Round(best.Score*1000) / 1000
	return best
}

// mentions finds names and aliases in a question, the longest first; one inside
// another counts only if nothing longer says anything.
func (x *Index) mentions(q string) []mention {
	var out []mention
	starts := boundaries(q)
	for i, from := range starts {
		for j := len(starts) - 1; j > i; j-- {
			to := starts[j]
			if to-from > 200 {
				continue
			}
			key := strings.TrimSpace(q[from:to])
			if key == "" || utf8.RuneCountInString(key) < 2 && !unicode.Is(unicode.Han, []rune(key)[0]) {
				continue
			}
			for _, n := range x.g.names[key] {
				if len(x.g.out[n]) > 0 {
					out = append(out, mention{n, from, to})
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b mention) int { return (b.to - b.from) - (a.to - a.from) })
	if len(out) > 0 { // names inside the longest are mostly parts of it
		long := out[0]
		out = slices.DeleteFunc(out, func(m mention) bool {
			return m.from >= long.from && m.to <= long.to && m.to-m.from < long.to-long.from && (m.to-m.from)*2 < long.to-long.from
		})
	}
	return out[:min(len(out), mostNames)]
}

// boundaries are the bytes where a name may begin or end: between words, and
// beside every Han character.
func boundaries(q string) []int {
	out := []int{0}
	var last rune
	for i, r := range q {
		if i > 0 && (!wordRune(r) || !wordRune(last) || unicode.Is(unicode.Han, r) || unicode.Is(unicode.Han, last)) {
			out = append(out, i)
		}
		last = r
	}
	return append(out, len(q))
}

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// attributes are the answers that one entity offers to the rest of a question.
func (x *Index) attributes(node int32, rest string, like Likeness) []Answer {
	kinds := distinct(x.g.out[node])
	scores := x.fit(rest, kinds, like)
	var out []Answer
	for i, kind := range kinds {
		a := Answer{Entity: x.g.nodes[node].Name, Attribute: kind, Answers: []string{}, Score: scores[i]}
		var ends []int32
		for _, l := range x.g.out[node] {
			if l.kind == kind {
				a.Answers = append(a.Answers, x.g.nodes[l.node].Name)
				ends = append(ends, l.node)
				a.Source = l.source
			}
		}
		a.Path = []string{a.Entity, kind, a.Answers[0]}
		out = append(out, a)
		if scores[i] >= enough {
			if further, ok := x.further(a, ends, strip(rest, kind), like); ok {
				out = append(out, further)
			}
		}
	}
	return out
}

// further follows one edge more where the question names it: "the capital of the
// country of …".
func (x *Index) further(a Answer, ends []int32, rest string, like Likeness) (Answer, bool) {
	b := Answer{Entity: a.Entity, Answers: []string{}}
	for _, end := range ends[:min(len(ends), 4)] {
		kinds := distinct(x.g.out[end])
		if len(kinds) == 0 {
			continue
		}
		for i, s := range x.fit(rest, kinds, nil) {
			if s < 0.75 || s <= b.Score || kinds[i] == a.Attribute {
				continue
			}
			b = Answer{Entity: a.Entity, Attribute: kinds[i], Answers: []string{}, Score: s}
			for _, l := range x.g.out[end] {
				if l.kind == kinds[i] {
					b.Answers = append(b.Answers, x.g.nodes[l.node].Name)
					b.Source = l.source
				}
			}
			b.Path = append(slices.Clone(a.Path[:2]), x.g.nodes[end].Name, kinds[i], b.Answers[0])
		}
	}
	b.Score = (a.Score + b.Score) / 2 * 1.1
	return b, len(b.Answers) > 0
}

func strip(rest, kind string) string { return strings.Replace(rest, foldName(kind), " ", 1) }

func distinct(links []link) []string {
	var out []string
	for _, l := range links {
		if !slices.Contains(out, l.kind) {
			out = append(out, l.kind)
		}
		if len(out) == 200 {
			break
		}
	}
	return out
}

// fit scores attributes against the words of a question.
func (x *Index) fit(rest string, kinds []string, like Likeness) []float64 {
	asked := tokens(rest)
	out := make([]float64, len(kinds))
	for i, k := range kinds {
		out[i] = wordsInCommon(rest, asked, k)
	}
	if like != nil && len(kinds) > 1 && strings.TrimSpace(rest) != "" {
		for i, s := range like(rest, kinds) {
			out[i] = max(out[i], 0.75*s)
		}
	}
	return out
}

// wordsInCommon is 1 for an attribute that stands in the question, less for one
// that shares words, or that a question word stands for.
func wordsInCommon(rest string, asked []string, kind string) float64 {
	k := foldName(strings.NewReplacer("_", " ", "-", " ").Replace(kind))
	if k == "" {
		return 0
	}
	if strings.Contains(" "+rest+" ", " "+k+" ") || hasHan(k) && strings.Contains(strings.ReplaceAll(rest, " ", ""), k) {
		return 0.9 + 0.1*math.Min(1, float64(utf8.RuneCountInString(k))/12)
	}
	own := tokens(k)
	n := 0.0
	for _, t := range own {
		if slices.Contains(asked, t) {
			n++
		}
	}
	score := 0.85 * n / float64(max(1, len(own)))
	for _, q := range questions {
		if q.asks(rest) && slices.ContainsFunc(q.attributes, func(a string) bool { return strings.Contains(k, a) }) {
			score = max(score, 0.7)
		}
	}
	return score
}

func hasHan(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// asking is a way to ask and the attributes it is mostly about.
type asking struct{ words, attributes []string }

func (a asking) asks(q string) bool {
	return slices.ContainsFunc(a.words, func(w string) bool {
		if hasHan(w) {
			return strings.Contains(q, w)
		}
		return strings.Contains(" "+q+" ", " "+w+" ")
	})
}

var questions = [...]asking{
	{[]string{"how much", "cost", "costs", "price", "expensive"}, []string{"price", "cost", "fee", "charge"}},
	{[]string{"where", "located"}, []string{"location", "address", "place", "city", "country", "headquarter", "origin"}},
	{[]string{"when", "what year", "what date"}, []string{"date", "year", "time", "founded", "release", "birth", "born"}},
	{[]string{"who"}, []string{"author", "director", "founder", "ceo", "owner", "manager", "inventor", "maker", "singer", "creator"}},
	{[]string{"how long", "how many days"}, []string{"duration", "period", "term", "time", "warranty", "days", "length"}},
	{[]string{"how old"}, []string{"age", "birth"}},
	{[]string{"how big", "how large", "what size"}, []string{"size", "area", "dimension", "capacity", "population"}},
	{[]string{"how heavy", "weigh"}, []string{"weight", "mass"}},
	{[]string{"how tall", "how high"}, []string{"height", "elevation"}},
	{[]string{"made of"}, []string{"material"}},
	{[]string{"多少钱", "价钱", "贵不贵", "什么价"}, []string{"价格", "售价", "费用", "票价", "定价"}},
	{[]string{"哪里", "哪儿", "在哪", "什么地方", "何处"}, []string{"地点", "地址", "位置", "产地", "出生地", "所在", "籍贯", "总部"}},
	{[]string{"什么时候", "何时", "哪年", "哪一年", "几时", "哪天"}, []string{"时间", "日期", "年份", "年代", "生日", "成立", "上映"}},
	{[]string{"谁"}, []string{"作者", "导演", "创始人", "主演", "作词", "作曲", "歌手", "发明", "校长", "董事长", "负责人", "编剧"}},
	{[]string{"多大", "多少岁"}, []string{"年龄", "面积", "出生", "生日"}},
	{[]string{"多长", "多久", "几天"}, []string{"时长", "期限", "长度", "时间", "保修", "工期", "片长"}},
	{[]string{"多重"}, []string{"重量", "体重"}},
	{[]string{"多高"}, []string{"高度", "身高", "海拔"}},
	{[]string{"哪国人", "哪个国家", "哪国"}, []string{"国籍", "国家"}},
	{[]string{"叫什么", "别称", "又叫", "又名"}, []string{"名", "别名", "别称", "简称", "全称"}},
	{[]string{"多少人"}, []string{"人口", "人数", "员工"}},
}

// article answers with the text of the best node that has one.
func (x *Index) article(question string, vector []float32) (Answer, bool) {
	for _, h := range x.Search(question, vector, 8) {
		if h.Node.Text == "" {
			continue
		}
		source := h.Node.Source
		if h.Node.Kind == Clause {
			source = h.Node.Name
		}
		return Answer{Entity: h.Node.Name, Attribute: "text", Answers: []string{h.Node.Text}, Path: []string{h.Node.Name, "text"},
			Source: source, Score: math.Min(0.33, h.Score*3)}, true
	}
	return Answer{}, false
}
