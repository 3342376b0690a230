"""Parts of speech of the words that stand in templates but in no group of the lexicon."""

WORDS: dict[str, str] = {
    "det": "a an the this that these those every each some any no another either neither both all "
    "half such what which whose my your our its several many few much more most fewer less enough",
    "pron": "i you he she it we they me him her us them mine yours hers ours theirs myself "
    "yourself himself herself itself ourselves themselves who whom someone somebody something "
    "anyone anybody anything everyone everybody everything nobody nothing none one ones his their "
    "whoever whatever",
    "prep": "in on at by with from to of for about under over into onto through across along "
    "behind beside between near after before during until since without within against among "
    "around above below beneath beyond towards off past despite inside outside up down out "
    "like as than per except opposite upon toward throughout instead",
    "conj": "and or but because so if when while although though unless where whereas that nor "
    "whether yet as once",
    "verb": "is was were am are be been being has have had having do does did done doing can could "
    "will would shall should may might must cannot don't didn't doesn't can't won't wasn't isn't "
    "couldn't wouldn't haven't hasn't aren't weren't shouldn't hadn't let's i'm you're it's that's "
    "i'll i've we're we'll there's i'd you'll you'd they're he's she's what's where's who's we've "
    "ain't here's",
    "adv": "not very too also only just still already again even here there always never often "
    "now then soon later away back together forward almost perhaps how why when where quite rather "
    "so well yesterday today tomorrow tonight ago once twice maybe indeed else however instead "
    "straight abroad upstairs downstairs home everywhere nowhere somewhere anywhere outdoors "
    "indoors apart nearly therefore otherwise moreover besides yes no please ever long hard fast "
    "early late far enough ahead aside least most more less right left first last next apiece "
    "altogether anyway afterwards exactly especially until thus forever sometimes seldom down up "
    "overnight halfway backwards upside sideways o'clock",
    "num": "one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty "
    "ninety hundred thousand dozen zero",
    "intj": "oh ah hello goodbye hey hurrah alas thanks sorry dear hooray ouch bravo hush psst "
    "well "
    "hm phew oops aha farewell congratulations",
    "noun": "day days morning afternoon evening night week weeks month months year years hour "
    "hours "
    "minute minutes second moment time times thing things way ways people woman women man men boy "
    "boys girl girls place end side name names word words voice eyes hair world town city village "
    "country capital king gram grams kilo kilos litre litres spoonful pinch slice slices metre "
    "metres kilometre kilometres degree degrees goal goals point points price prices money "
    "change total sum half quarter o'clock noon midnight summer winter autumn spring monday",
    "adj": "dearest other same own next last first second third fourth fifth whole few able sure "
    "ready "
    "alone certain different afraid real open closed best better worse worst final main left right "
    "free full favourite late early dead alive",
}
# Words that templates use and that stand in no group.
EXTRA: dict[str, str] = {
    "noun": "flood breath care penny pity spoonfuls advice age animal arithmetic beginning bloom "
    "breakfast card cent coast collection colour "
    "company course crowd delivery disappointment ditch door drivers enemies enemy exercise "
    "face family favour feathers fire flag floor florins forecast front game gift government "
    "grass greetings guard half-time halves heading hole homework instructions language life "
    "list lunch manners matters meal middle million mind moral name nerve nights number "
    "officials outlook packets page part pauses penalty person pleasure police post practice "
    "presents prize quiz reader referee regards rest result review rhyme roof roofs rubber "
    "ruin sale screws seeds seller sense sight size skin sky sorrow sound south steps suit "
    "sums sunrise sunset tail team temperature tickets timetable tool traffic trouble wall "
    "waste waves weather window wings workers shopping joke knowledge others stars newspaper",
    "verb": "complained fills ought according agreed agrees agree approve argue argued arguing "
    "beware blocked born bounced "
    "came cared caused come comes coming counted crushed damaged depends described destroyed "
    "died disappeared disturb divides double dreamed ended enjoy escaped expected fading "
    "failed fill flows forbidden founded get gets getting go goes going gone got guard hugged "
    "intend laid loosen mattered mean means meant mind miss missed named owe pardon pinned "
    "rattled rebuild recommended refuse remain remains remind repeat remove rewarded rolled "
    "scratches seems serve sitting slipped smell smelled smells stuck struck stung subtract "
    "suits strike waste went aged happened",
    "adj": "glad quieter smaller usual young clear asleep cheaper cheapest colder entire "
    "expensive general hardest high ill longer mental "
    "merry million normal older poor rich safe shorter silken stronger tender warmer wiser "
    "worth wrong youngest slippery sliding middle nicely south larger",
    "adv": "gladly hardly highly incidentally nearby nicely safely sincerely directly",
    "prep": "till according",
    "conj": "whenever",
}
