"""Words by which another language is known in Latin letters, without their marks, as folded text has them.

None of them is a word of English, of medicine's Latin, or one that people misspell English to.
"""

from __future__ import annotations

TELLING = {
    "French": (
        "nous vous suis sommes etes avez votre leur cette quoi donc jamais rien dans sous chez depuis apres vais "
        "veux veut voulez peux peut pouvez dois faut faire prendre pris avale tombee soir nuit demain aujourd "
        "maintenant enfant femme soeur tete ventre poitrine douleur fievre medecin docteur hopital cachets "
        "comprimes medicaments pilules secours aidez aider plait mourir tuer vivre respirer enceinte envie etais "
        "cest elles jambe jambes gauche droit droite yeux oreille oreilles personne quelqu quelque quelques "
        "toujours beaucoup aucun aucune saigne saigner saignement avaler javel allergique frappe frappee battu "
        "poignets veines coupee bouge bouger reveille inconsciente evanoui evanouie parler marcher ressens rhume "
        "regles sommeil dormir boire buvait aimer seule pleure pleurer grandmere grandpere copain copine voisin "
        "quel quelle quels pourquoi combien semaine semaines jours mois annee annees parce "
    ),
    "Spanish": (
        "nosotros ellos eres estoy esta estan estas estamos hemos unos quien cuando donde porque desde hasta pero "
        "menos tambien nunca quiero quiere quisiera puedo puede necesito necesita debo tengo tiene tienes tomo "
        "tomado noche ayer manana ahora hijo hija bebe esposo esposa hermano hermana cabeza pecho corazon estomago "
        "espalda barriga sangre fiebre medico pastillas socorro ayuda ayudame ayudenme ayuden morir morirme muero "
        "matar matarme suicidio suicidarme suicidar vivir quitarme respirar respira respiro embarazada duele "
        "duelen infarto ganas siento estaba ellas ustedes usted nosotras brazo brazos pierna piernas garganta "
        "izquierdo izquierda derecho derecha ojos oido nadie alguien siempre todavia mucho muchos muchas demasiado "
        "demasiadas sangra sangrando sangrado tragado tragar lejia veneno golpea golpeo munecas venas cortado "
        "despierta desmayo desmayado cayo caida ahogo ahogando ahoga siente resfriado duermo beber aguanto miedo "
        "llorar llorando abuela abuelo novio novia vecino cual cuanto cuanta semana semanas meses vomitar "
        "vomitando habla camina mueve "
    ),
    "Portuguese": (
        "voce eles estou estao minha meus umas pelo quem quando onde muito tambem quero quer posso pode preciso "
        "precisa tenho tomou tomei hoje noite ontem amanha agora filho filha crianca marido irmao cabeca peito "
        "coracao costas sangue febre remedio remedios comprimidos ajuda ajude ajudem obrigado obrigada morrer "
        "viver acabar tudo gravida doendo aguento sinto elas braco bracos pernas esquerdo esquerda direito direita "
        "olhos ouvido ninguem alguem sempre ainda muita muitos muitas demais sangramento engoliu engoli alvejante "
        "bateu veias cortei cortou acorda desmaiou desmaiei caiu sufocando sentindo menstruacao sozinho sozinha "
        "chorar vovo namorado namorada vizinho quanto anda mexe dormente "
    ),
    "Italian": (
        "loro sono siamo abbiamo miei delle senza perche molto anche voglio vuole vorrei devo preso stasera notte "
        "oggi ieri domani adesso figlio figlia marito moglie fratello sorella cuore pancia schiena febbre dottore "
        "pillole farmaci pastiglie ospedale aiuto aiutami aiutatemi aiutate favore grazie morire uccidere "
        "uccidermi uccido ammazzare suicidarmi vivere farla finita respirare incinta dolore riesco bisogno troppe "
        "troppo faccio braccio braccia gamba gambe sinistro sinistra destro destra occhi orecchio nessuno qualcuno "
        "ancora molta molti molte sanguina sanguinando sanguino ingoiato ingoiata candeggina varechina allergia "
        "allergica picchia picchiato polsi tagliata tagliato tagliarmi sveglia svenuto svenuta svenire caduto "
        "caduta soffoco soffoca sento raffreddore dormire mangiare bevuto bevuta paura piangere fidanzato "
        "fidanzata vicino settimana settimane giorni mesi anni vomitare cammina muove manca "
    ),
    "German": (
        "bist sind habe haben hatte meinen meiner dein ihre eine einen einem einer kein keine oder aber nicht "
        "nichts mehr sehr auch noch schon ohne seit wann warum weil wenn dass mochte kann konnen soll darf gehe "
        "geht heute nacht gestern morgen jetzt sohn tochter kopf brust herz bauch rucken blut fieber arzt "
        "tabletten pillen geschluckt genommen krankenhaus notarzt hilfe helft helfen sterben toten umbringen "
        "bringe selbstmord atmen atmet luft schwanger schmerzen schmerz kopfschmerzen brustschmerzen "
        "bauchschmerzen herzinfarkt schlecht brauche euch beine linken rechte rechter rechten augen ohren niemand "
        "keiner jemand immer viel viele blutet blute bluten verschluckt verschlucken vergiftet bleichmittel "
        "allergisch schlagt geschlagen pulsadern geschnitten schneide bewusstlos ohnmachtig gefallen gesturzt "
        "sturz ersticke erstickt spure fuhle fuhlt husten erkaltung schnupfen schlafen schlaft trinken getrunken "
        "allein weinen freund freundin nachbar welche welcher wieviel woche wochen monate jahre erbrochen erbricht "
        "erbrechen spricht bewegt lauft hilft gegen kriege zuviel wieder starken "
    ),
    "Dutch": (
        "jullie zijn hebt heeft hebben mijn jouw geen maar niet niets nooit zonder voor naar sinds waar wanneer "
        "waarom omdat deze kunnen moet gaat vanavond vannacht vandaag gisteren vader moeder zoon dochter vrouw "
        "broer hoofd borst buik bloed koorts dokter geslikt ingenomen ziekenhuis hulp helpen alsjeblieft "
        "alstublieft sterven dood doden zelfmoord mezelf maak einde eind ademen ademt zwanger pijn hoofdpijn "
        "buikpijn hartaanval slecht nodig linkerarm rechterarm iemand altijd veel bloedt bloeden bloeding "
        "ingeslikt vergif vergiftigd bleekmiddel slaat geslagen polsen aderen gesneden doorgesneden bewusteloos "
        "flauwgevallen gevallen stikt voel voelt griep hoest hoesten verkoudheid menstruatie slapen slaapt eten "
        "drinken gedronken alleen huilen vriend vriendin buurman welke hoeveel weken maanden jaren overgeven praat "
        "beweegt wakker benauwd teveel tegen genomen "
    ),
    "Polish": (
        "jestem moja moje mnie bardzo jeszcze tylko nigdy przed gdzie kiedy dlaczego poniewaz chce chcialbym moge "
        "moze musze potrzebuje dzis dzisiaj wieczorem wczoraj jutro teraz ojciec matka corka dziecko siostra glowa "
        "glowy klatka klatce serce brzuch brzucha plecy krew goraczke goraczka lekarz lekarza tabletki tabletek "
        "leki polknela polknal wziela szpital karetka pomocy pomoc pomozcie pomoz prosze dziekuje czesc umrzec "
        "umieram zabic zabije samobojstwo zycie oddychac oddycha ciazy zawal reki nogi gardlo lewa lewej prawa "
        "prawej oczy ucho nikt ktos zawsze ciagle wciaz duzo wiele krwawie krwawi krwawienie polknac trucizna "
        "trucizne wybielacz uczulenie bije uderzyl zyly nadgarstki cielam podcielam pocielam nieprzytomny "
        "nieprzytomna zemdlal zemdlala upadla upadl dusze dusi duszno duszi czuje czuc grypa kaszel spac jesc "
        "wypil wypila placze babcia dziadek wujek ciocia chlopak dziewczyna sasiad ktory ktora tydzien tygodni "
        "miesiac miesiace wymiotuje wymioty mowi rusza chodzi dosc lekow wzial wzialem wzielam zycia mocno "
    ),
    "Czech or Slovak": (
        "jsem jsme jsou nebo velmi jeste nikdy protoze chci chcem chtel muzu mohu nemuzu nemohu potrebuji "
        "potrebuju potrebujem dnes vecer vcera zitra dcera dite manzel manzelka bratr sestra hlava hlavy hrud "
        "hrudi srdce bricho horecku horecka lekare doktora prasky tablety leky spolykala snedl vzala nemocnice "
        "sanitku pomozte prosim dekuji ahoj umrit zomriet umiram zabit zabiju zabijem sebevrazda sebevrazdu nechci "
        "nechcem zivot dychat nedycha dycha tehotna bolest infarkt ruku ruce noha nohy leveho prava praveho nikdo "
        "nekdo vzdy hodne mnoho silne krvaci krvacim krvacam krvaceni spolkl spolkla spolykal alergii uderil zily "
        "zapesti podrezala podrezal rezala bezvedomi omdlela omdlel spadla dusim citim necitim chripka kasel ryma "
        "menstruace vypil vypila babicka stryc pritel pritelkyne ktery kolik tyden tydny mesice roky zvraci "
        "zvracim zvraceni mluvi hybe chodi pomaha vzal prasku spatne "
    ),
    "Romanian": (
        "sunt esti suntem avem mele unei foarte deja nimic niciodata fara pentru dupa inainte unde pentruca vreau "
        "vrea poate trebuie luat diseara noapte astazi acum tatal fiul fiica copil copilul copilului bebelusul "
        "sotul sotia fratele capul piept pieptul inima burta sange febra doctorul pastile pastilele medicamente "
        "spital ambulanta ajutor ajutati ajuta multumesc moara omor omoare sinucid sinucide sinucidere traiesc "
        "viata respir insarcinata durere doare dureri nevoie simt bratul piciorul gatul stanga dreapta drept ochii "
        "urechea nimeni cineva mereu sangerez sangereaza sangerare inghitit inghite otrava batut venele "
        "incheieturi taiat trezeste lesinat inconstient cazut sufoc sufoca simte gripa tuse raceala ciclu doarme "
        "mananc singur singura frica bunica bunicul unchi matusa prieten prietena vecin saptamana saptamani "
        "vorbeste misca prea cazuta "
    ),
    "Hindi or Urdu in Latin letters": (
        "mujhe mujhko humein aapka uska uski uske usne hain hoon raha rahi rahe lekin bahut bohot nahi nahin kyun "
        "kaise kahan kaun chahta chahti chahiye chahie sakta sakti karna karne karunga raat abhi beti bachcha "
        "bachche baccha patni bhai behen chhati seene seena khoon bukhar daktar dawai goliyan liya madad bachao "
        "bachaiye shukriya marna jaan khudkushi khatam jeena zindagi saans dard takleef garbhwati pait haath "
        "baayan baayein daayein aankh aankhen kaan kisi hamesha zyada jyada bahot behta nigal nigla zeher zehar "
        "maarta maara peeta naas kaat kaati behosh girgaya gira gayi gaya gaye ghut ghutan lagta lagti mehsoos "
        "zukaam khansi neend khana piya akeli padosi kaunsa kitna kitni hafte hafta mahine bolta chalta karoon "
        "karun kijiye dijiye batao bataiye liye hota hoti "
    ),
    "Turkish": (
        "onlar benim senin bizim onun veya daha artik icin gibi kadar sonra neden nasil nerede istiyorum "
        "istemiyorum isterim lazim gerek ihtiyacim bugun gece aksam yarin simdi babam oglum kizim cocugum cocuk "
        "bebegim esim kocam kardesim gogsum gogus kalbim kalp karnim sirtim atesi haplar ilac icti ictim hastane "
        "ambulans yardim edin imdat lutfen tesekkurler merhaba olmek oluyorum oldurmek oldurecegim intihar "
        "edecegim kendimi kendime yasamak nefes alamiyorum almiyor hamile hamileyim agri agrisi agriyor krizi acil "
        "kolum kolumu kolu bacak bacagim bogaz bogazim gozum kimse biri fazla kanama kanamam kaniyor kanyor yuttu "
        "yuttum zehir zehirlendi camasir suyu alerjim dovuyor vurdu bilek bileklerimi kestim kesti bayildi "
        "bayildim dustu dustum bilinci boguluyorum boguluyor hissetmiyorum hissediyorum oksuruk oksuruge nezle "
        "uyku uyuyamiyorum yemek yedi icmek yalniz korkuyorum agliyorum ninem dedem amca teyze arkadas arkadasim "
        "komsu hangi gundur kusuyor kustu konusmuyor dayanamiyorum gelir aldim "
    ),
    "Indonesian or Malay": (
        "kamu kami mereka adalah punya atau tetapi tidak bukan belum sudah sangat juga tanpa dengan untuk pada "
        "sejak sebelum sesudah bagaimana siapa kapan kenapa mengapa karena ingin bisa boleh harus perlu butuh "
        "minum malam hari kemarin besok sekarang bapak bayi suami istri isteri kakak adik kepala jantung perut "
        "punggung darah demam obat rumah sakit tolong bantuan terima kasih bunuh hidup nyawa bernapas bernafas "
        "napas nafas sesak hamil nyeri serangan tangan leher kiri kanan telinga seseorang selalu masih banyak "
        "sekali berdarah pendarahan menelan tertelan pemutih memukul dipukul pukul pergelangan memotong potong "
        "pingsan jatuh tersedak merasa batuk tidur makan sendiri sendirian takut menangis nenek kakek tetangga "
        "berapa minggu tahun muntah muntahan bicara bergerak bagus anakku suamiku ibuku ayahku "
    ),
    "Tagalog": (
        "ikaw tayo dahil hindi walang meron ayaw ayoko pwede kailangan dapat ngayon kagabi kahapon tatay nanay "
        "itay asawa sanggol dibdib tiyan likod lagnat gamot tableta ospital tulong tulungan saklolo pakiusap "
        "salamat kumusta mamatay mamamatay patayin magpakamatay magpapakamatay mabuhay buhay huminga humihinga "
        "makahinga hininga masakit sumasakit niyo bakit paano kailan saan uminom ngayong braso kamay lalamunan "
        "kaliwa tainga sinuman palagi marami dumudugo nagdurugo nakalunok lumunok binubugbog sinasaktan ugat "
        "naglaslas laslas hinimatay nahimatay nahulog natumba nasasakal nararamdaman namamanhid trangkaso sipon "
        "tulog matulog kumain nagiisa takot umiiyak tiyo tiya kaibigan kapitbahay ilan linggo buwan taon nagsusuka "
        "sumusuka magsalita gumalaw malakas nahihirapan nahihirapang akong mong siyang "
    ),
    "Vietnamese without marks": (
        "khong hoac nhung trong duoc nhieu muon phai chong nguc thuoc benh giup chao giet nhoi luon nuot danh ngat "
        "ngot thay uong khoc "
    ),
    "Swedish, Danish or Norwegian": (
        "eller inte ikke icke mycket meget redan aldrig ingen inget intet utan hvordan hvad hvem hvornar varfor "
        "hvorfor maste behover trenger ikvall aften natt igar imorgon pappa barnet dotter datter huvudet hovedet "
        "hodet ondt vondt brostet brystet hjarta hjerte rygg feber lakare laege lege tabletter piller tagit taget "
        "sjukhus sygehus sykehus hjalp hjaelp hjelp snalla takk langre sjalvmord selvmord puster vejret smerte "
        "smerter halsen vanster hoger venstre hojre nagon alltid bloder blodar blor svalde slugt svelget forgiftad "
        "blekmedel klorin allergisk slar handleder skurit skaret medvetslos bevidstlos besvimet svimmat ramlat "
        "faldet kvaver kvalt foler influensa forkylning sova sove drikke druckit ensam mormor morfar farmor farfar "
        "kompis granne vilken hvilken hvor vecka dagar manader maneder kraks orker orkar hjalper hjaelper mycke "
        "laengere "
    ),
    "Finnish": (
        "olen olet ovat minun minua minulla mutta eika hyvin kanssa ilman miten mita kuka missa milloin miksi "
        "haluan voin pitaa tarvitsen tanaan illalla eilen isani aiti aitini lapseni vaimo paahan rinta rintaan "
        "sydan vatsa selka kuume laakari laakaria laakkeita sairaala apua auttakaa kiitos kuolla kuolen tapan "
        "itseni itsemurha elaa hengita hengittaa raskaana kipu kipea sattuu "
    ),
    "Hungarian": (
        "vagyok vannak igen vagy nagyon csak soha semmi hogy hogyan miert mikor akarok akarom tudok szukseg "
        "szuksegem ejjel tegnap holnap apam anyam fiam lanyom gyerekem gyerek ferjem felesegem fejem mellkas "
        "szivem hasam lazas orvos orvosra gyogyszer gyogyszert korhaz mento segitseg segitsen kerem koszonom "
        "meghalni halni meghalok ongyilkos elni elet lelegzik levego levegot terhes fajdalom "
    ),
    "Croatian, Serbian or Slovene": (
        "vrlo jako samo nista nikad kako gdje kada zasto zelim hocu hoce mogu moram treba trebam veceras jucer "
        "juce sutra otac majka kcer dijete glava glavi prsa prsima trbuh temperaturu temperatura lijecnika tablete "
        "lijekove popila bolnica hitnu upomoc pomozite molim hvala umrijeti umreti umirem ubiti ubit samoubojstvo "
        "samoubistvo zivjeti ziveti disati trudna srcani "
    ),
    "Swahili": (
        "wewe ninyi katika lakini hapana ndiyo nataka sitaki ninataka naweza siwezi lazima nahitaji usiku kesho "
        "sasa yangu wangu mtoto mume kichwa kifua tumbo mgongo damu daktari vidonge hospitali msaada nisaidie "
        "nisaidieni tafadhali kufa nife kujiua kuishi maisha kupumua hapumui pumua mjamzito maumivu kinauma inauma "
    ),
    "Haitian Creole": (
        "mwen mwenmenm anpil janm kisa kijan kote poukisa kapab bezwen aswe manman pitit lafyev dokte grenn "
        "lopital tanpri mouri touye ansent doule "
    ),
    "Somali": (
        "waxaan anigu adigu isagu iyada laakiin maxaa sidee halkee rabaa karaa caawa maanta shalay aabahay "
        "hooyaday wiilkayga gabadhayda ilmahayga madaxa laabta wadnaha caloosha dhiig qandho dhakhtar kiniin "
        "isbitaal caawi caawiya fadlan mahadsanid dilo dhimo dhinto isdilo neefsanayo neefsan xanuun xanuunaya "
    ),
    "Albanian": (
        "eshte jemi shume edhe vetem asgje kurre cfare kush duhet neser babai djali vajza femija gjoksi zemra "
        "barku gjak mjek ilace ndihme ndihmo lutem faleminderit vdes vdekur vras vetevrasje jetoj frymemarrje "
        "fryme shtatzene dhemb dhimbje "
    ),
    "Arabic in Latin letters": (
        "enti howa heya ehna mish ktir kteer ezay ayez ayza aayez badde lazem elnaharda innaharda imbareh bokra "
        "dilwa2ti halla2 abouya ommi ibni sadri batni harara duktoor hoboob mostashfa musta3jil sa3duni sa3idni "
        "saedni elha2ni ilha2ni fadlak shukran amoot amout mout a3eesh atnaffas byitnaffas wga3 "
    ),
}
"""One is enough where no word beside it is English."""

SHORT = (
    "7boob aad aaj aan aap abend abi ada aime ajo ak akela akin ako aku albi ale alene alergi alergia alergica "
    "alergie alerji algo alin alla allergie ama anak andar andas ang angst anh ani anne annem ano anos ao apa "
    "araw arme armen asante ata att auf aur aus aux av avant avec avo awi ay ayah azi ba bac bacha baddi bambina "
    "bambino ban bana bang bange bantu barn basim bate baut beau beh bei bein ben bene benen benet beni bere bez "
    "bi bibi biddi bij bila binti bir bitte biz bleach blod boje bok bol boli bonjour braken bras brat brod "
    "bruder bu bukas bulan buna bung buntis cade cand canh cate ce ces cha chacha chachi chan chay che chet chi "
    "cho chua chung chute ci ciao ciclo cine cit clor cloro coeur cok comer como con conscience corte cosa coupe "
    "crise cu cua cum cuu da dadi dagen dager dal damm dan danas dang dank danke dar dari darr das dat dau dawa "
    "dayan deda dei del della des dete dhe dia dias dieta dig dil din dio diri dise dje dla dni dny doc dod dolor "
    "dor dorm dors dos dost dove dua dugo dun ede een ei ein el ela ele ella elle encore enta entre epi es essen "
    "est este ete eu faj fala falt falta fe fein fej fille fils finir fra fran frau fru fur ga gabi gala gale gat "
    "gia gift gio gir gli gola goli gorge goz gracias grata grip gripe grippe gun gusto ha haar habari hade hai "
    "haid hala hallo halo hals han hang hanno hanya hap har hast hath hayat heb hei hej het hic hier hij hilf ho "
    "hoe hol hola hom homa hon hong hosta hoste hoy hui hun hur hva iau ibu ich ihr ile ili ils im ima imam ime "
    "imi inay inca inconscient ini io isa isi ist iti itu iyi iyo iz ja jag jai jak jana je jed jeg jej jen jer "
    "jest jeta ji jij jina jist jodi jos ju juz ka kab kac kaka kaki kal kam kan kanner kapatid karim karo karu "
    "kasi kat katar kay kci kde kdo kdy keel kell kha kho ki kia kita koi koka kong kou krev krieg krk krv kto ku "
    "kuat kulak kur kusma kwa kya kyu lag laga lagi lapsi las lason lata lavi laz le leben leda leh lei leo les "
    "leva leve leven lini linke linker liv livet lo lola lolo los lub lui luni ma3 maa madre mae mag mage mai "
    "mais mam mamma mamy mana mang mange manger mann mar marche marta mata mati mau maut maz mea medic medo meer "
    "meg mei mein meine mens mera merge meri mes meu mga mia mich mie mies mig mimi mina minh minhas minut mio "
    "mir mis mit mitt mke mne moi moj mon mor mori mort morto moster mot moyo mucha muj mult multa multe mund "
    "musim muss mutter muy muz na nach nada nadi nam namaste nana nani nao nar nas nat nay nel nella nem nena ng "
    "nga ngu ni nic nie niente nina nini nino niya noc nog noga noi nonna nonno nos notre nou nu nua nuk nur nyo "
    "nyt och oci od ogen ogon okres ola oma ona oncle ong oni onkel ons ont onze oo ook oom op opa oren oron os "
    "ose otec ou paa pacar padre paman pao par para parla parle pas pati pega pendant pere periode perna petto "
    "peur pia pic pil pilek pin pina pita piu plakat plang po por porad pred presa pro proc pse puis pulso pulsos "
    "puo puso puste qua qual quale quanta que queda qui racun radd rasa rasi rece regl regla reka respire rin rog "
    "rona ruka ryg saal sada sag salam sam sama sana sans sao sar sardi sau savo saya schwester se sei sein sekou "
    "sem sens sente ses seu seul sey sie sig sila sim sina sio sisi siya siz ska skal skar slog smo sobre sola "
    "solo som sona sonte sora sot sou souf soused spat spate spi spyr srce stang stark starke ste stik sto strach "
    "su sua suicider sunn suo suport sus svalt svp syn tack tage taie tak tani tante tanto tapi tata tatt ted tem "
    "teman tena tet teta tez tha thang thi tho ti til tio tko toi tombe tosse toux trago trai tres trop tu tuan "
    "tus ty ubo uden uge uit uker ulo ulti um uma un una und une ung uno uns usi uur uz va vad vai valt vamos "
    "vant var varsa vater vec veleno vem vene venn veri vida vie vien vil vill vita viv vle vo voi vom vomi vomir "
    "vomita vomito vor vou voy vy wa waa waga3 wala walla wao wapi wat weer weh wer wie wij wil wir wo woh wy xin "
    "xom ya yang ye yeh yeye yil yo yok yung za zada zaman ze zena zia zij zile zio zit zona zu zum zur zus zyc "
)
"""Of any of them, and names or typing errors elsewhere too: several are wanted."""
