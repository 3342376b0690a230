"""Verbs by group, in the notation of ``tinyworld.text.inflect.verb_forms``."""

VERBS: dict[str, str] = {
    "motion": "walk run/ran/run hurry stroll wander march drift/drifted/drifted trudge jog+ rush "
    "creep/crept/crept tiptoe gallop stride/strode/stridden amble limp dash skip+ crawl sprint "
    "stumble race plod+ hike saunter",
    "travel": "travel+/travelled/travelled sail ride/rode/ridden drive/drove/driven "
    "fly/flew/flown journey cycle row return head",
    "say": "say/said/said reply answer whisper shout murmur add explain announce declare mutter "
    "cry call remark insist suggest promise admit/admitted/admitted warn sigh grumble gasp "
    "exclaim",
    "ask": "ask wonder enquire",
    "look": "look stare gaze glance peer peek squint",
    "feelverb": "laugh smile grin+ weep/wept/wept sob+ frown blush tremble giggle nod+ shrug+ "
    "sigh yawn shiver cheer clap+ groan sneeze hum+ wink",
    "make": "make/made/made build/built/built paint carve draw/drew/drawn sew/sewed/sewn "
    "design mend repair decorate polish assemble sketch shape invent weave/wove/woven",
    "cookverb": "chop+ slice peel grate boil fry roast bake mix stir+ pour whisk knead melt grill "
    "simmer season drain mash steam toast sprinkle spread/spread/spread",
    "cookcut": "chop+ slice peel grate mash wash dice halve",
    "cookheat": "boil fry roast bake grill steam simmer toast",
    "take": "take/took/taken carry bring/brought/brought hold/held/held grab+ lift pull push drag+ "
    "throw/threw/thrown catch/caught/caught drop+ hide/hid/hidden steal/stole/stolen "
    "borrow lend/lent/lent give/gave/given keep/kept/kept collect gather",
    "find": "find/found/found discover notice spot+ see/saw/seen recognise uncover",
    "lose": "lose/lost/lost misplace forget/forgot/forgotten",
    "seek": "search hunt look rummage",
    "buy": "buy/bought/bought sell/sold/sold pay/paid/paid order choose/chose/chosen trade rent",
    "eat": "eat/ate/eaten drink/drank/drunk swallow chew taste nibble devour sip+",
    "hobby": "sing/sang/sung dance swim/swam/swum read/read/read paint climb knit+ fish garden "
    "draw/drew/drawn cook write/wrote/written juggle skate ski camp sail whistle",
    "think": "think/thought/thought know/knew/known believe remember understand/understood/"
    "understood guess decide hope imagine doubt learn realise suppose",
    "animalverb": "bark purr chirp howl growl hiss roar bleat snort quack buzz croak hoot squeak "
    "neigh hop+ dig+/dug/dug sniff wag+ flutter swoop pounce graze burrow nibble scurry prowl "
    "leap/leapt/leapt slither",
    "weatherverb": "rain snow blow/blew/blown shine/shone/shone freeze/froze/frozen thaw drizzle "
    "clear hail pour",
    "gamewin": "beat/beat/beaten defeat overcome/overcame/overcome thrash outplay edge",
    "breakverb": "break/broke/broken crack shatter snap+ tear/tore/torn bend/bent/bent spill burst/"
    "burst/burst leak rust jam+",
    "change": "open close start stop+ finish begin/began/begun turn grow/grew/grown "
    "fall/fell/fallen "
    "rise/rose/risen wait stay leave/left/left arrive happen change move stand/stood/stood "
    "sit/sat/sat sleep/slept/slept wake/woke/woken lie/lay/lain continue rest vanish appear spend/"
    "spent/spent feel/felt/felt become/became/become",
    "help": "help thank praise comfort teach/taught/taught guide rescue protect welcome invite "
    "encourage join forgive/forgave/forgiven",
    "harm": "blame scold tease ignore fight/fought/fought hurt/hurt/hurt cheat insult trick punish",
    "wash": "wash clean sweep/swept/swept wipe scrub+ dry tidy dust rinse mop+ iron",
    "code": "check load save run/ran/run print send/sent/sent parse update delete test compute "
    "count sort merge fetch build/built/built install restart",
    "misc": "like want need try use play work talk speak/spoke/spoken listen hear/heard/heard "
    "meet/met/met visit show/showed/shown tell/told/told live love hate put+/put/put set+/set/set "
    "cut+/cut/cut let+/let/let win+/won/won hang/hung/hung wear/wore/worn lead/led/led "
    "feed/fed/fed cost/cost/cost touch reach follow pass cross enter watch point knock "
    "land belong fit+ press fold tie pack wrap+ plant pick water study train compare share count "
    "measure weigh save cover shake/shook/shaken hit+/hit/hit kick score marry earn own "
    "hire publish elect",
}
