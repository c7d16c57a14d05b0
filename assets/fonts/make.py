# Makes assets/fonts out of Debian's fonts-inter and fonts-jetbrains-mono.
import sys
from fontTools.ttLib import TTFont
from fontTools import subset

def tabular(font):
    gsub = font['GSUB'].table
    swap = {}
    for record in gsub.FeatureList.FeatureRecord:
        if record.FeatureTag == 'tnum':
            for i in record.Feature.LookupListIndex:
                for table in gsub.LookupList.Lookup[i].SubTable:
                    table = getattr(table, 'ExtSubTable', table)
                    swap.update(table.mapping)
    for table in font['cmap'].tables:
        for digit in range(ord('0'), ord('9') + 1):
            if digit in table.cmap:
                table.cmap[digit] = swap.get(table.cmap[digit], table.cmap[digit])

# Latin, what it is written with, and signs; the rest of the words in these weights comes from Regular.
LATIN = [*range(0x20, 0x180), *range(0x2000, 0x2300)]

def make(source, target, features, digits, characters=None):
    font = TTFont(source)
    if digits: tabular(font)
    options = subset.Options()
    options.layout_features = features
    options.name_IDs = ['*']; options.name_languages = ['*']; options.notdef_outline = True; options.glyph_names = False
    options.hinting = True
    s = subset.Subsetter(options)
    s.populate(unicodes=characters or font.getBestCmap().keys())
    s.subset(font)
    font.save(target)
    c = font.getBestCmap()
    print(target, sorted({font['hmtx'][c[ord(d)]][0] for d in '0123456789'}), len(font.getGlyphOrder()))

out = sys.argv[1]
for weight in ('Regular', 'Medium', 'SemiBold'):
    make(f'/usr/share/fonts/opentype/inter/Inter-{weight}.otf', f'{out}/Inter-{weight}.otf', ['kern', 'mark', 'mkmk', 'ccmp', 'locl'], True, None if weight == 'Regular' else LATIN)
make('/usr/share/fonts/truetype/jetbrains-mono/JetBrainsMono-Regular.ttf', f'{out}/JetBrainsMono-Regular.ttf', ['mark', 'mkmk', 'ccmp', 'locl'], False)
