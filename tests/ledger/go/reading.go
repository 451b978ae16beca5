// Reads a published log with the note and tlog of golang.org/x/mod/sumdb, and with nothing of Estafet's.
//
// It opens every checkpoint by the key in `vkey`, builds the tree anew from the leaves in the bundles, and demands of
// each published size the root, every tile byte for byte, and that tlog's own reader of tiles proves from them entries
// and earlier trees. Files in `proofs/` and `consistency/` are proofs that were made by others, to be checked here.
// What it saw is printed as counts; whatever is wrong ends it with status 1.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8 // 256 hashes a tile

type folder string

func (f folder) read(path string) ([]byte, error) { return os.ReadFile(filepath.Join(string(f), path)) }

func (f folder) names(path string) []string {
	entries, _ := os.ReadDir(filepath.Join(string(f), path))
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// tlog names the height of a tile in its path, tlog-tiles does not; what follows is the same.
func path(tile tlog.Tile, level string) string {
	rest := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/%d/", tile.H, tile.L))
	return "tile/" + level + "/" + rest
}

// A folder is a tlog.TileReader.
func (f folder) Height() int                     { return height }
func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}
func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := f.read(path(tile, strconv.Itoa(tile.L)))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

// tilesOf gives the tiles of a tree as it is shown: of each partial tile the widest alone.
func tilesOf(size int64) []tlog.Tile {
	var tiles []tlog.Tile
	for _, tile := range tlog.NewTiles(height, 0, size) {
		if last := len(tiles) - 1; last >= 0 && tiles[last].L == tile.L && tiles[last].N == tile.N {
			tiles[last] = tile
		} else {
			tiles = append(tiles, tile)
		}
	}
	return tiles
}

type log struct {
	folder
	known  note.Verifiers
	origin string
	leaves [][]byte
	hashes []tlog.Hash // stored in tlog's own order
	trees  map[int64]tlog.Tree
	tiles  map[string]bool
}

func (l *log) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, index := range indexes {
		if index >= int64(len(l.hashes)) {
			return nil, fmt.Errorf("there is no hash %d", index)
		}
		found = append(found, l.hashes[index])
	}
	return found, nil
}

func (l *log) open(message []byte) (tlog.Tree, error) {
	opened, err := note.Open(message, l.known)
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != l.origin || lines[3] != "" {
		return tlog.Tree{}, fmt.Errorf("not the three lines of a checkpoint of %s: %q", l.origin, opened.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// rebuild stores the hashes of the leaves in the bundles of a log of this size.
func (l *log) rebuild(size int64) error {
	for _, tile := range tilesOf(size) {
		if tile.L > 0 {
			break
		}
		bundle, err := l.read(path(tile, "entries"))
		if err != nil {
			return err
		}
		for ; len(bundle) > 0; tile.W-- {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				return fmt.Errorf("the bundle %d is cut short", tile.N)
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			l.leaves, bundle = append(l.leaves, bundle[2:end]), bundle[end:]
		}
		if tile.W != 0 {
			return fmt.Errorf("the bundle %d is %d leaves short", tile.N, tile.W)
		}
	}
	for number, leaf := range l.leaves {
		stored, err := tlog.StoredHashes(int64(number), leaf, l)
		if err != nil {
			return err
		}
		l.hashes = append(l.hashes, stored...)
	}
	return nil
}

// check holds a published tree against the rebuilt one, and lets tlog prove from its tiles.
func (l *log) check(tree, newest tlog.Tree) error {
	if root, err := tlog.TreeHash(tree.N, l); err != nil || root != tree.Hash {
		return fmt.Errorf("the entries have another root than the checkpoint: %v, %v", root, err)
	}
	for _, tile := range tilesOf(tree.N) {
		name := path(tile, strconv.Itoa(tile.L))
		expected, err := tlog.ReadTileData(tile, l)
		if err != nil {
			return err
		}
		if data, err := l.read(name); err != nil || !bytes.Equal(data, expected) {
			return fmt.Errorf("%s is another tile than tlog's: %v", name, err)
		}
		l.tiles[name] = true
	}
	reader := tlog.TileHashReader(tree, l.folder)
	for _, index := range []int64{0, tree.N / 2, tree.N - 1} {
		proof, err := tlog.ProveRecord(tree.N, index, reader)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(l.leaves[index])); err != nil {
			return err
		}
	}
	proof, err := tlog.ProveTree(newest.N, tree.N, tlog.TileHashReader(newest, l.folder))
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, newest.N, newest.Hash, tree.N, tree.Hash)
}

func parse(lines []string) (hashes []tlog.Hash, err error) {
	for _, line := range lines {
		hash, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(hash) != tlog.HashSize {
			return nil, fmt.Errorf("not a hash: %q", line)
		}
		hashes = append(hashes, *(*tlog.Hash)(hash))
	}
	return hashes, nil
}

// prove checks a tlog-proof, made by others.
func (l *log) prove(text string) error {
	head, message, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("not a tlog-proof")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		return err
	}
	hashes, err := parse(lines[2:])
	if err != nil {
		return err
	}
	tree, err := l.open([]byte(message))
	if err != nil {
		return err
	}
	return tlog.CheckRecord(hashes, tree.N, tree.Hash, index, tlog.RecordHash(l.leaves[index]))
}

// goesOn checks a proof, made by others, that the newest tree continues the one of an earlier size.
func (l *log) goesOn(name, text string, newest tlog.Tree) error {
	size, err := strconv.ParseInt(name, 10, 64)
	if err != nil {
		return err
	}
	hashes, err := parse(strings.Fields(text))
	if err != nil {
		return err
	}
	return tlog.CheckTree(hashes, newest.N, newest.Hash, size, l.trees[size].Hash)
}

func (l *log) run() error {
	vkey, err := l.read("vkey")
	if err != nil {
		return err
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(vkey)))
	if err != nil {
		return err
	}
	l.known, l.origin = note.VerifierList(verifier), verifier.Name()
	message, err := l.read("checkpoint")
	if err != nil {
		return err
	}
	newest, err := l.open(message)
	if err != nil {
		return err
	}
	if err := l.rebuild(newest.N); err != nil {
		return err
	}
	for _, name := range l.names("checkpoints") {
		message, err := l.read("checkpoints/" + name)
		if err != nil {
			return err
		}
		tree, err := l.open(message)
		if err != nil || strconv.FormatInt(tree.N, 10) != name {
			return fmt.Errorf("checkpoints/%s: of size %d, %v", name, tree.N, err)
		}
		if err := l.check(tree, newest); err != nil {
			return fmt.Errorf("at size %s: %w", name, err)
		}
		l.trees[tree.N] = tree
	}
	if l.trees[newest.N] != newest {
		return errors.New("the checkpoint is none of the published ones")
	}
	return l.proofs(newest)
}

func (l *log) proofs(newest tlog.Tree) error {
	for _, name := range l.names("proofs") {
		text, err := l.read("proofs/" + name)
		if err == nil {
			err = l.prove(string(text))
		}
		if err != nil {
			return fmt.Errorf("proofs/%s: %w", name, err)
		}
	}
	for _, name := range l.names("consistency") {
		text, err := l.read("consistency/" + name)
		if err == nil {
			err = l.goesOn(name, string(text), newest)
		}
		if err != nil {
			return fmt.Errorf("consistency/%s: %w", name, err)
		}
	}
	return nil
}

func main() {
	l := &log{folder: folder(os.Args[1]), trees: map[int64]tlog.Tree{}, tiles: map[string]bool{}}
	if err := l.run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	proofs := len(l.names("proofs")) + len(l.names("consistency"))
	fmt.Printf("checkpoints %d, entries %d, tiles %d, proofs %d\n", len(l.trees), len(l.leaves), len(l.tiles), proofs)
}
