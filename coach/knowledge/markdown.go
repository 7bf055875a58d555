package knowledge

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"
)

var (
	articleStart = regexp.MustCompile(`^(第[一二三四五六七八九十百千零〇]+条)[ 　\t](.*)$`)
	fullDate     = regexp.MustCompile(`(\d{4})年(\d{1,2})月(\d{1,2})日`)
	inForce      = regexp.MustCompile(`自?(\d{4}年\d{1,2}月\d{1,2}日)起?(?: |　)*施行`)
)

// markdown reads a statute (one node per article) or a page (one node per
// heading).
func (g *Graph) markdown(r io.Reader, name string) error {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 64<<10), maxLine)
	p := &page{name: name, title: strings.TrimSuffix(path.Base(name), path.Ext(name))}
	for n := 1; in.Scan(); n++ {
		line := in.Text()
		if !utf8.ValidString(line) {
			return at(name, n, errors.New("the text is not valid UTF-8"))
		}
		if err := p.line(g, n, strings.TrimRight(line, " \t\r")); err != nil {
			return at(name, n, err)
		}
	}
	if err := in.Err(); err != nil {
		return err
	}
	return p.end(g)
}

// page is a Markdown file being read.
type page struct {
	name, title, chapter string
	statute              bool
	preface              []string
	label                string // of the open article or heading
	text                 []string
	begin                int
	made                 []int32
	whole                string // everything, for the day it came into force
}

func (p *page) line(g *Graph, n int, line string) error {
	switch m := articleStart.FindStringSubmatch(line); {
	case m != nil:
		if err := p.flush(g); err != nil {
			return err
		}
		p.statute, p.label, p.begin = true, m[1], n
		p.text = []string{m[2]}
		p.whole += m[2] + "\n"
	case strings.HasPrefix(line, "#"):
		if err := p.flush(g); err != nil {
			return err
		}
		head := strings.TrimSpace(strings.TrimLeft(line, "#"))
		if strings.HasPrefix(line, "# ") && len(p.made) == 0 && p.label == "" && p.chapter == "" {
			p.title = head
		}
		p.chapter = head
		if !p.statute {
			p.label, p.begin = head, n
		}
	case strings.HasPrefix(line, "<!--"):
	default:
		if p.label == "" || p.label == p.title && !p.statute && len(p.text) == 0 && line == "" {
			p.preface = append(p.preface, line)
			return nil
		}
		p.text = append(p.text, line)
		if p.label == p.title {
			p.preface = append(p.preface, line)
		}
	}
	return nil
}

// flush makes a node of what was open.
func (p *page) flush(g *Graph) error {
	text := strings.TrimSpace(strings.Join(p.text, "\n"))
	p.text = nil
	if p.label == "" || text == "" {
		return nil
	}
	n := Node{Text: text, Source: fmt.Sprintf("%s:%d", p.name, p.begin)}
	if p.statute {
		n.ID, n.Kind, n.Name = p.title+p.label, Clause, "《"+p.title+"》"+p.label
		if short := strings.TrimPrefix(p.title, "中华人民共和国"); short != p.title {
			n.Aliases = []string{short + p.label, "《" + short + "》" + p.label}
		}
		n.Aliases = append(n.Aliases, p.title+p.label)
	} else {
		n.ID, n.Kind, n.Name = p.name+"#"+p.label, Article, p.label
	}
	i, err := g.Put(n)
	p.made = append(p.made, i)
	return err
}

// end makes the page itself, and puts version and dates on the articles of a
// statute.
func (p *page) end(g *Graph) error {
	if err := p.flush(g); err != nil {
		return err
	}
	whole := Node{ID: p.name, Kind: Article, Name: p.title, Source: p.name}
	preface := strings.TrimSpace(strings.Join(p.preface, "\n"))
	if p.statute {
		whole.ID, whole.Kind = p.title, Guidance
		if short := strings.TrimPrefix(p.title, "中华人民共和国"); short != p.title {
			whole.Aliases = []string{short}
		}
		if all := fullDate.FindAllString(preface, -1); len(all) > 0 {
			whole.Version = day(all[len(all)-1])
		}
		if m := inForce.FindStringSubmatch(preface + "\n" + p.whole); m != nil {
			whole.From = day(m[1])
		}
	} else if len(p.made) == 0 {
		whole.Text = preface
	}
	top, err := g.Put(whole)
	if err != nil {
		return err
	}
	last := int32(-1)
	for _, i := range p.made {
		if i == top {
			continue
		}
		if p.statute {
			g.nodes[i].Version, g.nodes[i].From = whole.Version, whole.From
		}
		g.Link(i, PartOf, top, p.name)
		if last >= 0 {
			g.Link(last, Next, i, p.name)
		}
		last = i
	}
	return nil
}

// day turns 2019年1月1日 into 2019-01-01.
func day(s string) string {
	m := fullDate.FindStringSubmatch(s)
	if m == nil {
		return ""
	}
	return fmt.Sprintf("%s-%02s-%02s", m[1], m[2], m[3])
}
